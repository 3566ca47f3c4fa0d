"""How gunicorn serves the console: `gunicorn -c python:prism.gunicorn prism.asgi:application`."""

import os

from prism.core.listen import binds

bind = binds()
# two even on one core, so that one answers while the other ends; each more costs memory
workers = int(os.environ.get("WEB_CONCURRENCY") or max(2, min(os.cpu_count() or 1, 4)))
worker_class = "prism.web_worker.WebWorker"
timeout = 30  # a worker that is silent for so long is replaced
graceful_timeout = 20  # platforms kill after 30 s
keepalive = 5
control_socket_disable = True  # it would write into the home folder
accesslog = None
errorlog = "-"
loglevel = "warning"
