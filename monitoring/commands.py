"""The commands of monitoring: `worker`."""

from argparse import Namespace

from monitoring.alerts.pipeline import alerting
from monitoring.events.pipeline import event_pipeline
from monitoring.health.prober import probing
from monitoring.redis_inspect.sampling import sampling
from monitoring.redis_inspect.scanning import scanning
from monitoring.steps import STEPS
from monitoring.worker import run_forever, stop_on_signals, worker_name
from prism.core.answer import Answer
from prism.core.terminal import Terminal


def work(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism worker`: runs until SIGTERM or Ctrl-C."""
    with (
        stop_on_signals() as stop,
        event_pipeline(worker_name(), stop),
        probing(stop),
        sampling(stop),
        scanning(stop),
        alerting(stop),
    ):
        run_forever(STEPS, stop=stop)
    return Answer({}, "")
