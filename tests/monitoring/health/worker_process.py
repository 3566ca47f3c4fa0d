"""Runs a prober in a process of its own: `python -m tests.monitoring.health.worker_process`.

The database and the folder come from the environment, as for `prism worker`.
"""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prism.settings")
    django.setup()
    from monitoring.health.prober import probing
    from monitoring.worker import stop_on_signals

    with stop_on_signals() as stop, probing(stop):
        print("ready", flush=True)
        while not stop.wait(0.2):
            pass
    sys.exit(0)
