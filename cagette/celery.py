"""The Celery app. What it does is in each app's `tasks.py`; what is due is asked of the database by the beat's sweeps.

The beat keeps its times in memory: the database knows what is due, so a beat that starts anew, or a second one
beside it, changes nothing.
"""

import gc
import os
import time
from typing import Any

from celery import Celery, signals
from celery.beat import Scheduler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cagette.settings")


# Connected before the app exists, whose own receiver of this signal loads Django.
@signals.import_modules.connect
def load_without_a_break(**kwargs: Any) -> None:
    """What worker and beat import stays: nobody looks through it for garbage, now or, once it is shared, in a child."""
    gc.disable()


@signals.beat_init.connect
def keep_what_is_loaded(**kwargs: Any) -> None:
    """From here on the collector sees what is made, and not what was loaded."""
    gc.collect()
    gc.freeze()
    gc.enable()


app = Celery("cagette")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

STAMP_SECONDS = 5


class StampingScheduler(Scheduler):
    """The beat's loop, leaving a stamp every few seconds by which `/readyz` knows that it turns."""

    stamped_at = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if time.monotonic() - self.stamped_at >= STAMP_SECONDS:
            from cagette import heartbeats

            heartbeats.stamp("beat")
            self.stamped_at = time.monotonic()
        return min(super().tick(*args, **kwargs), STAMP_SECONDS)


@signals.heartbeat_sent.connect
def stamp_worker(sender: Any, **kwargs: Any) -> None:
    """Each worker's main process sends a heartbeat every two seconds; one in a few leaves a stamp."""
    from cagette import heartbeats

    if time.monotonic() - getattr(sender, "stamped_at", 0.0) >= STAMP_SECONDS:
        heartbeats.stamp("worker")
        sender.stamped_at = time.monotonic()


@signals.setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Celery leaves logging alone when this signal has a receiver: Django's settings have set it up already."""


@signals.worker_init.connect
def load_renderer(**kwargs: Any) -> None:
    """Load WeasyPrint once, before the pool forks: it takes seconds, which no closing should wait for."""
    import weasyprint  # noqa: F401

    keep_what_is_loaded()
