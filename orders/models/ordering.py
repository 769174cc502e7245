from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.money import Basis, Price
from catalogs.models import Returnable
from orders.models.neighbourhoods import Household, Membership
from orders.models.rounds import Round
from orders.models.stalls import Offer, Stall
from producers.models import Producer

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cagette.models import User


# What counts of a line, in its offer's unit: what the yard saw, else what the close or a correction gave, else what was
# confirmed. The second form is for statements by hand, of a line called `l`.
COUNTED_SQL = "COALESCE(l.delivered, l.allocated, l.quantity)"
# Whether something of a line was ordered: confirmed by its household, or granted to it after the close.
ORDERED_SQL = "(l.quantity > 0 OR l.granted > 0)"


def counted(line: str = "") -> Coalesce:
    """Return what counts of a line, in its offer's unit; `line` is the way to it (`lines`), empty for itself."""
    names = ("delivered", "allocated", "quantity")
    return Coalesce(*(F(f"{line}__{name}" if line else name) for name in names))


def ordered(line: str = "") -> Q:
    """Return whether something of a line was ordered, confirmed or granted; `line` as for `counted`."""
    prefix = f"{line}__" if line else ""
    return Q(**{f"{prefix}quantity__gt": 0}) | Q(**{f"{prefix}granted__gt": 0})


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Its household's, and the round's coordinators'. Farms see names and quantities on their own pages."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        mine = Membership.objects.active().filter(user=user).values("household")
        return self.filter(Q(household__in=mine) | Q(round__in=Round.objects.coordinated_by(user)))

    def confirmed(self) -> Self:
        """Those that hold at least one confirmed line."""
        lines = OrderLine.objects.filter(order=models.OuterRef("pk")).confirmed()
        return self.filter(models.Exists(lines))

    def unconfirmed(self) -> Self:
        """Those whose sheet asks for more than what was confirmed."""
        lines = OrderLine.objects.filter(order=models.OuterRef("pk")).unconfirmed()
        return self.filter(models.Exists(lines))


class Order(models.Model):
    """What one household takes in one round. Its totals are queried, never stored."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="orders")
    household = models.ForeignKey(Household, models.PROTECT, related_name="orders")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    filled_at = models.DateTimeField(default=timezone.now, editable=False, help_text="Last change to the sheet.")
    recaps = models.PositiveIntegerField(default=0, editable=False, help_text="How many recaps have been written.")
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Last confirmation.")

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "household"], name="order_one_per_household")]
        indexes: ClassVar = [models.Index(fields=["household", "-id"], name="order_of_household")]

    def __str__(self) -> str:
        return f"{self.round} · {self.household}"


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def confirmed(self) -> Self:
        """Those of which something was ordered: confirmed, or granted after the close."""
        return self.filter(ordered())

    def with_counted(self) -> Self:
        """With `counted`: what counts of each line now, in its offer's unit."""
        return self.annotate(counted=counted())

    def unconfirmed(self) -> Self:
        return self.filter(Q(wanted__gt=F("quantity")) | Q(wanted_tolerance__gt=F("tolerance")))


class OrderLine(models.Model):
    """One offer in one order. Lines go to zero, they are never deleted.

    `wanted` and `wanted_tolerance` are what the sheet shows; `quantity` and `tolerance` what was confirmed: from the
    close on they never change. `allocated` is what the close, a correction or a grant gave; `granted` how much more the
    household agreed to take after the close; `delivered` what the yard saw. All in the offer's unit.

    The prices are those of the last confirmation, on its `basis`: `unit_price` and `price_per_kg` include VAT on
    `gross`, and exclude it on `net`. Of weighed goods `unit_price` is the exact price of a piece of typical weight: the
    quantity is rounded with it. `vat_regime` is the farm's; empty on lines confirmed before it was kept.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="lines")
    wanted = models.DecimalField(max_digits=9, decimal_places=3, default=0)
    wanted_tolerance = models.DecimalField(max_digits=9, decimal_places=3, default=0)
    quantity = models.DecimalField(max_digits=9, decimal_places=3, default=0)
    tolerance = models.DecimalField(max_digits=9, decimal_places=3, default=0)
    granted = models.DecimalField(max_digits=9, decimal_places=3, default=0, db_default=0)
    allocated = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    delivered = models.DecimalField(max_digits=9, decimal_places=3, null=True, blank=True)
    basis = models.CharField(max_length=5, choices=Basis, default=Basis.GROSS, db_default=Basis.GROSS)
    unit_price = models.DecimalField(max_digits=14, decimal_places=5, null=True, blank=True)
    vat_rate = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)
    vat_regime = models.CharField(
        max_length=10, choices=Producer.VatRegime, default="", db_default="", blank=True, help_text="The farm's."
    )
    # Nobody looks for lines by it, and each confirmation would pay for an index.
    returnable = models.ForeignKey(Returnable, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    deposit = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    price_per_kg = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    typical_weight_g = models.PositiveIntegerField(null=True, blank=True)
    greatest_weight_g = models.PositiveIntegerField(null=True, blank=True)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "offer"], name="line_one_per_offer"),
            models.CheckConstraint(
                name="line_not_negative",
                condition=Q(wanted__gte=0, wanted_tolerance__gte=0, quantity__gte=0, tolerance__gte=0, granted__gte=0),
            ),
            models.CheckConstraint(
                name="line_confirmed_at_a_price",
                condition=~ordered() | Q(unit_price__isnull=False, vat_rate__isnull=False, deposit__isnull=False),
            ),
            models.CheckConstraint(
                name="line_allocated_within",
                condition=Q(allocated=None)
                | Q(allocated__gte=0, allocated__lte=F("quantity") + F("tolerance") + F("granted")),
            ),
            models.CheckConstraint(
                name="line_delivered_not_negative", condition=Q(delivered=None) | Q(delivered__gte=0)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["offer"], name="line_ordered_of_offer", condition=ordered()),
        ]

    # In this order they make a `Price`.
    PRICED = ("basis", "unit_price", "vat_rate", "deposit", "price_per_kg", "greatest_weight_g")

    def __str__(self) -> str:
        return f"{self.offer} × {self.quantity}"

    @property
    def agreed(self) -> Price | None:
        """The price of the last confirmation or grant; None where there was none."""
        if self.unit_price is None:
            return None
        assert self.vat_rate is not None and self.deposit is not None
        return Price(
            self.basis, self.unit_price, self.vat_rate, self.deposit, self.price_per_kg, self.greatest_weight_g
        )

    @property
    def open_tolerance(self) -> Decimal:
        """How much more may still fill a case: nothing once its farm has closed."""
        return self.tolerance if self.allocated is None and self.delivered is None else Decimal(0)

    @property
    def counted_now(self) -> Decimal:
        """What counts of the line, as `counted` asks the database."""
        for quantity in (self.delivered, self.allocated):
            if quantity is not None:
                return quantity
        return self.quantity


class OrderNoteQuerySet(models.QuerySet["OrderNote"]):
    def of_buyers(self, stall: Stall) -> Self:
        """What the farm may read: the notes of those who have something confirmed there, by pick-up number."""
        bought = OrderLine.objects.confirmed().filter(order=models.OuterRef("order"), offer__stall=stall)
        notes = self.filter(models.Exists(bought), stall=stall).exclude(text="")
        return notes.select_related("order__household").order_by("order__household__pick_up_number")


class OrderNote(models.Model):
    """A household's word to one farm about its order ("well baked, please"): one line, taken back by emptying it."""

    LONGEST = 200

    order = models.ForeignKey(Order, models.PROTECT, related_name="notes")
    stall = models.ForeignKey(Stall, models.PROTECT, related_name="notes")
    text = models.CharField(_("note"), max_length=LONGEST, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    on_behalf = models.BooleanField(default=False, help_text="Done for the household by a coordinator.")
    at = models.DateTimeField(default=timezone.now)

    objects = OrderNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note to a farm")
        verbose_name_plural = _("notes to farms")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "stall"], name="order_note_one_per_farm"),
            models.CheckConstraint(name="order_note_is_one_line", condition=~Q(text__regex="[[:cntrl:]]")),
        ]

    def __str__(self) -> str:
        return self.text


class OrderRequest(models.Model):
    """The answer a key once got: the same key gets it again, refusals too, and changes nothing."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="requests")
    key = models.CharField(max_length=64)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("order request")
        constraints: ClassVar = [models.UniqueConstraint(fields=["order", "key"], name="order_request_key_once")]

    def __str__(self) -> str:
        return self.key


class OrderChange(models.Model):
    """A change of what is confirmed. Append-only; its id is the first-come order of allocation."""

    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="changes")
    quantity_before = models.DecimalField(max_digits=9, decimal_places=3)
    quantity_after = models.DecimalField(max_digits=9, decimal_places=3)
    tolerance_before = models.DecimalField(max_digits=9, decimal_places=3)
    tolerance_after = models.DecimalField(max_digits=9, decimal_places=3)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    on_behalf = models.BooleanField(default=False, help_text="Done for the household by a coordinator.")
    request = models.ForeignKey(OrderRequest, models.PROTECT, null=True, related_name="changes")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("order change")

    def __str__(self) -> str:
        return f"{self.line_id}: {self.quantity_before} → {self.quantity_after}"
