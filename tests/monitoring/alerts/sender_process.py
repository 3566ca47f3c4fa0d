"""Sends what is due in processes that may be killed: one is forked for each line with a time.

`python -m tests.monitoring.alerts.sender_process`: writes the number of the process, and "gone" when it ended.
"""

import os
import sys
from datetime import datetime

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prism.settings")
    django.setup()
    from monitoring.alerts.sending import send_due

    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            send_due(datetime.fromisoformat(line.strip()))
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)
