from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from cagette.countries import CURRENCY_CHOICES
from cagette.money import EUR
from catalogs.models import Catalog, Product, Supply
from catalogs.models.products import Goods, goods_constraints
from orders.models.rounds import Round
from producers.models import Producer, ProducerMember

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cagette.models import User


class StallQuerySet(models.QuerySet["Stall"]):
    def due(self, *, at: datetime) -> Self:
        """Stalls the clock should act on: open past their close, or waiting past their answer date or answered."""
        return self.filter(
            Q(state=Stall.State.OPEN, closes_at__lte=at)
            | Q(state=Stall.State.WAITING, answer_by__lte=at)
            | Q(state=Stall.State.WAITING) & ~Q(minimum_decision="")
        )

    def unsettled(self) -> Self:
        """What keeps a round from being closed."""
        return self.filter(state__in=[Stall.State.OPEN, Stall.State.WAITING])

    def answerable_by(self, user: User | AnonymousUser) -> Self:
        """Those whose invitation `user` may answer: for the farm, or as coordinator who phoned."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(producer__in=ProducerMember.objects.filter(user=user).values("producer"))
            | Q(round__in=Round.objects.coordinated_by(user))
        )

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The farm's own desk sees its stalls, the round's coordinators all of them."""
        if user.is_authenticated and user.is_staff:
            return self
        return self.answerable_by(user)


class Stall(models.Model):
    """One farm's part in one round. A round closes stall by stall, each by its own clock."""

    class State(models.TextChoices):
        PENDING = "pending", _("invited")
        OPEN = "open", _("open")
        WAITING = "waiting", _("below its minimum, awaiting an answer")
        CLOSED = "closed", _("closed")
        DROPPED = "dropped", _("called off")
        DECLINED = "declined", _("declined")

    class Answer(models.TextChoices):
        NONE = "", _("no answer yet")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    class Channel(models.TextChoices):
        LINK = "link", _("by the link in the mail")
        PAGE = "page", _("on its page")
        PHONE = "phone", _("by phone")

    class BelowMinimum(models.TextChoices):
        DELIVER = "deliver", _("deliver all the same")
        ASK = "ask", _("ask the coordinator")
        DROP = "drop", _("call it off")

    class Decision(models.TextChoices):
        NONE = "", _("none yet")
        DELIVER = "deliver", _("deliver all the same")
        DROP = "drop", _("call it off")

    round = models.ForeignKey(Round, models.PROTECT, related_name="stalls")
    producer = models.ForeignKey(Producer, models.PROTECT, related_name="stalls")
    catalog = models.ForeignKey(Catalog, models.PROTECT, related_name="stalls")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, default=Answer.NONE, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_how = models.CharField(max_length=10, choices=Channel, blank=True)
    closes_at = models.DateTimeField(_("orders close"))
    minimum_amount = MoneyField(
        _("minimum order"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        default_currency=EUR,
        currency_choices=CURRENCY_CHOICES,
        help_text="Incl. VAT, deposits aside, in the round's currency.",
    )
    below_minimum = models.CharField(
        _("below the minimum"), max_length=10, choices=BelowMinimum, default=BelowMinimum.DELIVER
    )
    answer_by = models.DateTimeField(null=True, blank=True, help_text="Until when a waiting stall waits.")
    fallback = models.CharField(
        max_length=10, choices=Decision, default=Decision.DELIVER, help_text="What happens when nobody answers in time."
    )
    minimum_decision = models.CharField(max_length=10, choices=Decision, default=Decision.NONE, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    word = models.CharField(_("a word from the farm"), max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    dropped_reason = models.CharField(max_length=500, blank=True)

    objects = StallQuerySet.as_manager()

    class Meta:
        verbose_name = _("stall")
        ordering: ClassVar = ["round", "producer__name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "producer"], name="stall_one_per_producer"),
            models.CheckConstraint(
                name="stall_closed_has_its_time", condition=Q(closed_at__isnull=False) | ~Q(state="closed")
            ),
            models.CheckConstraint(
                name="stall_waiting_has_a_limit", condition=Q(answer_by__isnull=False) | ~Q(state="waiting")
            ),
            models.CheckConstraint(
                name="stall_sells_only_accepted",
                condition=Q(answer="accepted") | ~Q(state__in=["open", "waiting", "closed"]),
            ),
            models.CheckConstraint(
                name="stall_minimum_not_negative", condition=Q(minimum_amount=None) | Q(minimum_amount__gte=0)
            ),
            models.CheckConstraint(name="stall_fallback_decides", condition=~Q(fallback="")),
        ]
        indexes: ClassVar = [
            models.Index(fields=["closes_at"], name="stall_open_closing", condition=Q(state="open")),
            models.Index(fields=["answer_by"], name="stall_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.producer} · {self.round}"

    def is_open(self, at: datetime | None = None) -> bool:
        """For display. Whether a request is accepted is asked of the database's clock, under the lock."""
        at = at or timezone.now()
        return self.state == self.State.OPEN and self.round.opens_at <= at < self.closes_at


class OfferQuerySet(models.QuerySet["Offer"]):
    def on_sale(self) -> Self:
        return self.filter(withdrawn_at=None)


class Offer(Goods):
    """A product at a stall, as it was when the round was published. `OfferChange` is the only way it changes later."""

    stall = models.ForeignKey(Stall, models.PROTECT, related_name="offers")
    product = models.ForeignKey(Product, models.PROTECT, related_name="offers")
    supply = models.ForeignKey(Supply, models.PROTECT, related_name="offers")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # Its place at the stall as published: 1, 2, 3.
    position = models.PositiveIntegerField(default=0)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        ordering: ClassVar = ["stall", "position", "id"]
        constraints: ClassVar = [
            *goods_constraints("offer"),
            models.UniqueConstraint(fields=["stall", "product"], name="offer_product_once_per_stall"),
        ]


class OfferChange(models.Model):
    """What changed on an offer after publishing. Append-only: a trigger refuses UPDATE and DELETE."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="changes")
    field = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("offer change")

    def __str__(self) -> str:
        return f"{self.offer_id} {self.field}"
