from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from orders.models.rounds import Round
from orders.models.stalls import Stall

if TYPE_CHECKING:
    from cagette.models import User


class ClockTimestamp(Func):
    """The database's clock as it is at this moment; `now()` would be as old as the transaction's wait for its locks."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


class TransitionQuerySet(models.QuerySet["Transition"]):
    def acts(self) -> Self:
        """Those that somebody did or that the clock did; not what an act on the whole round made of each stall."""
        return self.filter(part_of=None)

    def done_by(self, user: User) -> Self:
        return self.filter(by=user).select_related("round", "stall__producer")


class Transition(models.Model):
    """A round or one of its stalls went to another state or got other times: who did it, when, from what to what, why.

    Written by `orders/recording.py`, in the transaction of the change. Append-only: a trigger refuses UPDATE and
    DELETE. What happened before there was this table is not made up: older rounds have no rows, or only their last.
    `at` is the database's clock, as deadlines are judged by it (rule 2): no row can seem earlier than the deadline
    that its verb was held to, whatever the clock of the machine that ran it. Rows are read in the order of their ids.
    """

    class Kind(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        INVITED = "invited", _("farm invited")
        ACCEPTED = "accepted", _("farm accepted")
        TERMS = "terms", _("the farm's terms changed")
        DECLINED = "declined", _("farm declined")
        PUBLISHED = "published", _("order published")
        OPENED = "opened", _("opened")
        EXTENDED = "extended", _("extended")
        SHORTENED = "shortened", _("deadline brought forward")
        WAITING = "waiting", _("below its minimum, awaiting an answer")
        DECIDED = "decided", _("decided about the minimum")
        CLOSED = "closed", _("closed")
        BELOW_MINIMUM = "below", _("called off below its minimum")
        DROPPED = "dropped", _("farm called off")
        MOVED = "moved", _("day or place moved")
        CANCELLED = "cancelled", _("round called off")
        SETTLED = "settled", _("settled")

    class How(models.TextChoices):
        CLOCK = "clock", _("by itself")
        LINK = Stall.Channel.LINK.value, Stall.Channel.LINK.label
        PAGE = Stall.Channel.PAGE.value, _("signed in")
        PHONE = Stall.Channel.PHONE.value, Stall.Channel.PHONE.label

    round = models.ForeignKey(Round, models.PROTECT, related_name="transitions")
    stall = models.ForeignKey(
        Stall, models.PROTECT, null=True, blank=True, related_name="transitions", help_text="Empty: the round's own."
    )
    kind = models.CharField(max_length=10, choices=Kind)
    # Empty before there was anything.
    state_before = models.CharField(max_length=10, blank=True)
    state_after = models.CharField(max_length=10)
    before = models.JSONField(default=dict, blank=True, help_text="Times, place and terms that changed, as they were.")
    after = models.JSONField(default=dict, blank=True, help_text="The same, as they are from then on.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    how = models.CharField(max_length=10, choices=How)
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", help_text="The act on the whole round."
    )
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(db_default=ClockTimestamp(), editable=False)

    objects = TransitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transition")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="transition_changes_something",
                condition=~Q(state_before=F("state_after")) | ~Q(before=F("after")),
            ),
            # Somebody's name may be erased; then `how` still says that it was somebody.
            models.CheckConstraint(name="transition_clock_is_nobody", condition=Q(by=None) | ~Q(how="clock")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
