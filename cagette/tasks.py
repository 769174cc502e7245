"""What workers do for mail and photos. Each may run any number of times, at any time, side by side."""

from celery import shared_task


@shared_task
def send_due_mail() -> None:
    """Send what is due for a few seconds; when there is more, make room for other work and come back."""
    from cagette import sending

    if sending.send_due():
        send_due_mail.apply_async()


@shared_task
def erase_old_mail() -> None:
    from cagette import mail

    mail.erase_old()


@shared_task
def erase_unused_photos() -> None:
    from cagette import tidying

    tidying.erase_unused_photos()
