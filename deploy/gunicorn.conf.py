"""The WSGI server of `bin/run web`. Django's connections and its pool are made after the fork, in each worker."""

import gc
import os

from django.urls import get_resolver

from cagette import logs

gc.disable()
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
# One import serves all workers, and its memory is shared; so it isn't looked through for garbage in any of them.
preload_app = True
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# A proxy keeps its connections; waiting requests must not pile up behind a slow one for ever.
keepalive = 60
timeout = 60
graceful_timeout = 20
worker_tmp_dir = "/dev/shm"
control_socket_disable = True
# Our own middleware tells of requests, by their route.
accesslog = None
logconfig_dict = logs.configuration(structured=os.environ.get("DEVELOPMENT") != "on")


def when_ready(_server: object) -> None:
    # Django loads the pages with the first request: that would be once in each worker.
    assert get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.enable()
