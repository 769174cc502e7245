"""What should have closed by now and has not: asked by `/readyz`."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import ngettext

from orders.models import Stall

PATIENCE = timedelta(minutes=5)


def probe() -> str | None:
    """A sentence when a stall is still open, or still waits for an answer, five minutes after its time was up."""
    late = Stall.objects.filter(
        Q(state=Stall.State.OPEN, closes_at__lte=Now() - PATIENCE)
        | Q(state=Stall.State.WAITING, answer_by__lte=Now() - PATIENCE)
    ).count()
    if not late:
        return None
    return ngettext(
        "%(count)d stall should have closed more than five minutes ago.",
        "%(count)d stalls should have closed more than five minutes ago.",
        late,
    ) % {"count": late}
