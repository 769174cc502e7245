from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.models.fields import CurrencyField

from cagette.countries import CURRENCY_CHOICES
from cagette.money import EUR
from orders.models.neighbourhoods import Household, Membership, Neighbourhood, Place, new_token
from producers.models import ProducerMember

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cagette.models import User


class RoundQuerySet(models.QuerySet["Round"]):
    def public(self) -> Self:
        """Beyond the proposal: what everybody may know of."""
        return self.exclude(state=Round.State.PROPOSED)

    def open(self, *, at: datetime) -> Self:
        return self.filter(state=Round.State.PUBLISHED, opens_at__lte=at, closes_at__gt=at)

    def upcoming(self, *, at: datetime) -> Self:
        return self.filter(state=Round.State.PUBLISHED, opens_at__gt=at)

    def overdue(self, *, at: datetime) -> Self:
        """Past their close and not closed yet: a worker is late, or an answer is awaited."""
        return self.filter(state=Round.State.PUBLISHED, closes_at__lte=at)

    def in_neighbourhood(self, neighbourhood: Neighbourhood) -> Self:
        return self.filter(neighbourhood=neighbourhood)

    def coordinated_by(self, user: User | AnonymousUser) -> Self:
        """Those `user` may run: named as coordinator of the round, or of its whole neighbourhood."""
        if not user.is_authenticated:
            return self.none()
        named = RoundCoordinator.objects.filter(user=user).values("round")
        return self.filter(Q(pk__in=named) | Q(neighbourhood__in=Neighbourhood.objects.coordinated_by(user)))

    def visible_to(self, user: User | AnonymousUser, *, link: str = "") -> Self:
        """Published rounds of listed neighbourhoods are for everyone, unlisted ones for members and by their link.

        Proposed ones are for who coordinates them, the farms invited, and staff.
        """
        published = ~Q(state=Round.State.PROPOSED)
        seen = published & Q(neighbourhood__listed=True)
        # No link of ours holds a NUL, and PostgreSQL takes none.
        if link and "\0" not in link:
            seen |= published & Q(share_token=link)
        if user.is_authenticated:
            if user.is_staff:
                return self
            memberships = Membership.objects.active().filter(user=user)
            seen |= published & Q(neighbourhood__in=memberships.values("household__neighbourhood"))
            seen |= Q(
                neighbourhood__in=memberships.filter(role=Membership.Role.COORDINATOR).values(
                    "household__neighbourhood"
                )
            )
            seen |= Q(pk__in=RoundCoordinator.objects.filter(user=user).values("round"))
            # Named through the table, as stalls point here: the farms invited.
            seen |= Q(stalls__producer__in=ProducerMember.objects.filter(user=user).values("producer"))
            return self.filter(pk__in=Round.objects.filter(seen).values("pk"))
        return self.filter(seen)


class Round(models.Model):
    """A grouped order: one delivery day at one place, and the window in which neighbours order.

    Upcoming, open and overdue are questions about the clock; only what somebody decided is stored. The transitions
    are in `orders/rounds.py` (propose, publish, open, extend) and `deliveries/closing.py` (close, move, call off).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        PUBLISHED = "published", pgettext_lazy("round", "published")
        CLOSED = "closed", _("closed")
        SETTLED = "settled", _("settled")
        CANCELLED = "cancelled", _("called off")

    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="rounds")
    place = models.ForeignKey(Place, models.PROTECT, related_name="rounds")
    title = models.CharField(_("title"), max_length=120)
    note = models.TextField(_("note"), blank=True)
    latecomers = models.CharField(_("for latecomers"), max_length=300, blank=True)
    currency = CurrencyField(
        verbose_name=_("currency"), choices=CURRENCY_CHOICES, default=EUR, db_default=EUR, editable=False
    )
    opens_at = models.DateTimeField(_("orders open"))
    closes_at = models.DateTimeField(_("orders close"))
    delivery_starts_at = models.DateTimeField(_("pick-up from"))
    delivery_ends_at = models.DateTimeField(_("pick-up until"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    share_token = models.CharField(max_length=40, default=new_token, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False, help_text="SEQUENCE of its calendar entry.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    announced_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its members were told that it had opened."
    )
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_reason = models.CharField(max_length=500, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("group order")
        verbose_name_plural = _("group orders")
        ordering: ClassVar = ["-delivery_starts_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="round_opens_before_it_closes", condition=Q(opens_at__lt=F("closes_at"))),
            models.CheckConstraint(
                name="round_closes_before_delivery", condition=Q(closes_at__lte=F("delivery_starts_at"))
            ),
            models.CheckConstraint(
                name="round_delivery_in_order", condition=Q(delivery_starts_at__lt=F("delivery_ends_at"))
            ),
            models.CheckConstraint(
                name="round_cancelled_has_its_time",
                condition=Q(cancelled_at__isnull=False) | ~Q(state="cancelled"),
            ),
            models.CheckConstraint(
                name="round_closed_has_its_time",
                condition=Q(closed_at__isnull=False) | ~Q(state__in=["closed", "settled"]),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["closes_at"], name="round_published_closing", condition=Q(state="published")),
            models.Index(fields=["neighbourhood", "-delivery_starts_at"], name="round_of_neighbourhood"),
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, at: datetime | None = None) -> bool:
        at = at or timezone.now()
        return self.state == self.State.PUBLISHED and self.opens_at <= at < self.closes_at

    def is_upcoming(self, at: datetime | None = None) -> bool:
        return self.state == self.State.PUBLISHED and (at or timezone.now()) < self.opens_at

    def phase(self, at: datetime | None = None) -> str:
        """The word for a badge: its stored state, or for a published one upcoming, open or overdue."""
        if self.state != self.State.PUBLISHED:
            return str(self.state)
        if self.is_upcoming(at):
            return "upcoming"
        return "open" if self.is_open(at) else "overdue"

    @property
    def shared_path(self) -> str:
        """Where neighbours order; an unlisted group's rounds open by their link only."""
        path = reverse("orders:round", args=[self.pk])
        return path if self.neighbourhood.listed else f"{path}?link={self.share_token}"

    def household_of(self, user: User | AnonymousUser) -> Household | None:
        """The household `user` orders for here: their oldest one of this neighbourhood."""
        return Household.objects.of(user).filter(neighbourhood=self.neighbourhood_id).order_by("pk").first()


class RoundCoordinator(models.Model):
    """Somebody who runs this one round; whoever proposes it is the first."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="coordinators")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="coordinated_rounds")

    class Meta:
        verbose_name = _("coordinator")
        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "user"], name="round_coordinator_once")]

    def __str__(self) -> str:
        return str(self.user)
