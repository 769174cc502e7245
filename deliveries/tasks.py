"""What workers do for deliveries. Each takes ids, calls one verb, and may run twice, at any time, side by side."""

from __future__ import annotations

import logging

from celery import Task, shared_task
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


@shared_task
def tick() -> None:
    """Ask the database what is due, and have workers do it. Two beats, or a tick that comes late, change nothing."""
    from deliveries import closing, rendering
    from orders import announcing, reminding

    for stall_id in closing.due_stalls():
        ask(close_stall, stall_id)
    for round_id in closing.unfinished_rounds():
        ask(close_round, round_id)
    for source in rendering.unfinished():
        ask(render, source)
    for round_id in announcing.due_rounds():
        ask(announce, round_id)
    reminding.remind()


@shared_task
def close_stall(stall_id: int) -> None:
    from deliveries import closing

    closing.close(stall_id, then=close_round_soon)


@shared_task
def close_round(round_id: int) -> None:
    from deliveries import closing

    closing.close_round(round_id, patient=False)


@shared_task
def announce(round_id: int) -> None:
    from orders import announcing

    announcing.announce(round_id)


@shared_task
def render(source: str) -> None:
    """Make one file, named as `MailAttachment.source` names it."""
    from deliveries import rendering

    rendering.render(source)


@shared_task
def erase_printed_recaps() -> None:
    from deliveries import printing

    printing.erase_old()


def render_soon(source: str) -> None:
    ask(render, source)


def close_round_soon(round_id: int) -> None:
    ask(close_round, round_id)


def ask(task: Task, *arguments: int | str) -> None:  # type: ignore[type-arg]
    """Hand a task to the workers; a broker that is away costs a second and nothing else: the next tick asks again."""
    try:
        task.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("%s could not be asked for: %s", task.name, type(error).__name__)
