"""The project, and what every app rests on. Importing it makes the Celery app known to `shared_task`."""

from cagette.celery import app as celery_app

__all__ = ["celery_app"]
