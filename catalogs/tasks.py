"""What workers do for catalogs. May run any number of times, at any time, side by side."""

from celery import shared_task


@shared_task
def erase_old_imports() -> None:
    from catalogs.importing import applying

    applying.erase_old()
