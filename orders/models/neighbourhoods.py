from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import FilteredRelation, Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import CurrencyField

from cagette.countries import CURRENCY_CHOICES, Country
from cagette.money import EUR
from catalogs.models import Product

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cagette.models import User

FEED_SALT = "orders.feeds"


def new_token() -> str:
    return secrets.token_urlsafe(16)


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("This time zone does not exist."))


class NeighbourhoodQuerySet(models.QuerySet["Neighbourhood"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Listed ones are for everyone; the others for their members (and for whoever has the link)."""
        if not user.is_authenticated:
            return self.filter(listed=True)
        if user.is_staff:
            return self
        return self.filter(
            Q(listed=True) | Q(pk__in=Membership.objects.active().filter(user=user).values("household__neighbourhood"))
        )

    def with_next_close(self, *, at: datetime) -> Self:
        """With `next_close`: when the first of its published rounds closes, None where there is none."""
        ahead = Q(rounds__state="published", rounds__closes_at__gt=at)
        return self.annotate(ahead=FilteredRelation("rounds", condition=ahead), next_close=Min("ahead__closes_at"))

    def coordinated_by(self, user: User | AnonymousUser) -> Self:
        if not user.is_authenticated:
            return self.none()
        mine = Membership.objects.active().filter(user=user, role=Membership.Role.COORDINATOR)
        return self.filter(pk__in=mine.values("household__neighbourhood"))


class Neighbourhood(models.Model):
    """People who order together because they live close by."""

    class Joining(models.TextChoices):
        OPEN = "open", _("anyone may join")
        APPROVAL = "approval", _("a coordinator approves")
        INVITATION = "invitation", _("by invitation link")

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    commune = models.CharField(_("commune"), max_length=120)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, choices=Country, default=Country.FR, db_default=Country.FR)
    currency = CurrencyField(verbose_name=_("currency"), choices=CURRENCY_CHOICES, default=EUR, db_default=EUR)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Paris", validators=[validate_time_zone])
    welcome = models.TextField(_("welcome"), blank=True)
    listed = models.BooleanField(_("listed"), default=True)
    joining = models.CharField(_("joining"), max_length=10, choices=Joining, default=Joining.OPEN)
    invitation_token = models.CharField(max_length=40, default=new_token, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = NeighbourhoodQuerySet.as_manager()

    class Meta:
        verbose_name = _("neighbourhood group")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def has_published(self) -> bool:
        """Whether a round of the group was ever published: from then on its country and currency stay."""
        return self.rounds.filter(published_at__isnull=False).exists()

    @property
    def feed_token(self) -> str:
        """What the addresses of an unlisted group's feeds hold, whose readers can't sign in.

        Nobody comes in by it; it changes with the invitation link.
        """
        return signing.Signer(salt=FEED_SALT).signature(self._feed)

    def feeds_open_by(self, token: str) -> bool:
        try:
            signing.Signer(salt=FEED_SALT).unsign(f"{self._feed}:{token}")
        except signing.BadSignature:
            return False
        return True

    @property
    def _feed(self) -> str:
        return f"{self.pk}-{self.invitation_token}"

    def next_pick_up_number(self) -> int:
        """A number never used here before. Call inside a transaction: it locks the neighbourhood's row."""
        Neighbourhood.objects.select_for_update(no_key=True).get(pk=self.pk)
        return (self.households.aggregate(n=Max("pick_up_number"))["n"] or 0) + 1


class HouseholdQuerySet(models.QuerySet["Household"]):
    def of(self, user: User | AnonymousUser) -> Self:
        """Those `user` orders for as a member."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(pk__in=Membership.objects.active().filter(user=user).values("household"))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, and all of the neighbourhoods one coordinates."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        mine = Membership.objects.active().filter(user=user).values("household")
        return self.filter(Q(pk__in=mine) | Q(neighbourhood__in=Neighbourhood.objects.coordinated_by(user)))


class Household(models.Model):
    """Who orders together and fetches one crate. It may have no login at all: a coordinator then orders for it."""

    class Kind(models.TextChoices):
        FAMILY = "family", _("household")
        PROFESSIONAL = "professional", _("professional")

    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="households")
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    pick_up_number = models.PositiveIntegerField(_("pick-up number"))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind, default=Kind.FAMILY)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    # SIREN, partita IVA or UID, as the neighbourhood's country has it (producers.numbers).
    siren = models.CharField(_("number of the business"), max_length=16, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    billing_address = models.TextField(_("billing address"), blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        ordering: ClassVar = ["pick_up_number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["neighbourhood", "pick_up_number"], name="household_pick_up_number_once"),
            models.CheckConstraint(name="household_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.pick_up_number} · {self.name}"

    @classmethod
    def found(cls, neighbourhood: Neighbourhood, *, name: str, **fields: str) -> Household:
        """A new household with the next pick-up number of its neighbourhood."""
        with transaction.atomic():
            number = neighbourhood.next_pick_up_number()
            return cls.objects.create(neighbourhood=neighbourhood, name=name, pick_up_number=number, **fields)

    @property
    def professional(self) -> bool:
        return self.kind == self.Kind.PROFESSIONAL

    def favour(self, product: Product, *, favourite: bool) -> None:
        """Mark a product as one of the household's favourites, or no longer; saying it twice changes nothing."""
        if favourite:
            Favourite.objects.get_or_create(household=self, product=product)
        else:
            self.favourites.filter(product=product).delete()


class Favourite(models.Model):
    """A product that a household wants to find at once, in every round that has it. It stands in nobody's way."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="favourites")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("favourite")
        constraints: ClassVar = [models.UniqueConstraint(fields=["household", "product"], name="favourite_once")]

    def __str__(self) -> str:
        return str(self.product)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> Self:
        return self.filter(state=Membership.State.ACTIVE)


class Membership(models.Model):
    """A login's place in a household, and so in its neighbourhood."""

    class Role(models.TextChoices):
        MEMBER = "member", _("member")
        COORDINATOR = "coordinator", _("coordinator")

    class State(models.TextChoices):
        PENDING = "pending", _("awaiting approval")
        ACTIVE = "active", _("active")
        LEFT = "left", _("left")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=15, choices=Role, default=Role.MEMBER)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    mail_recaps = models.BooleanField(_("recaps by mail"), default=True)
    mail_reminders = models.BooleanField(_("reminders by mail"), default=True)
    mail_openings = models.BooleanField(_("openings by mail"), default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "household"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.household}"


class Place(models.Model):
    """Where crates are handed out."""

    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="places")
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("address"), max_length=250)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    access = models.TextField(_("how to get in"), blank=True)

    class Meta:
        verbose_name = _("pick-up point")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def map_url(self) -> str:
        """OpenStreetMap's page of it: a link only, nothing of theirs is loaded."""
        if self.latitude is None or self.longitude is None:
            return "https://www.openstreetmap.org/search?" + urlencode({"query": self.address})
        pin = urlencode({"mlat": self.latitude, "mlon": self.longitude})
        return f"https://www.openstreetmap.org/?{pin}#map=17/{self.latitude}/{self.longitude}"
