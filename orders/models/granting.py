from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.money import Basis, Price
from catalogs.models import Returnable
from orders.models.neighbourhoods import Household, Membership
from orders.models.ordering import Order
from orders.models.rounds import Round
from orders.models.stalls import Offer, Stall
from producers.models import Producer

if TYPE_CHECKING:
    from cagette.models import User


class GrantQuerySet(models.QuerySet["Grant"]):
    def open(self, *, at: datetime) -> Self:
        """Those that can still be agreed to: not answered, not taken back, before the delivery is over."""
        return self.filter(
            agreed_at=None,
            taken_back_at=None,
            offer__stall__state=Stall.State.CLOSED,
            order__round__state__in=[Round.State.PUBLISHED, Round.State.CLOSED],
            order__round__delivery_ends_at__gt=at,
        )

    def visible_to(self, user: User) -> Self:
        return self.filter(order__in=Order.objects.visible_to(user))


class Grant(models.Model):
    """More of a product than was ordered, offered to a household after the close; nothing until it agrees.

    `quantity` is in the offer's unit. The price is frozen when it is offered: the line's where the household had
    ordered of it, else the offer's. Agreeing writes it on the line, and is recorded with who did it and when.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="grants")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="grants")
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    reason = models.CharField(max_length=500, blank=True)
    basis = models.CharField(max_length=5, choices=Basis, default=Basis.GROSS)
    unit_price = models.DecimalField(max_digits=14, decimal_places=5)
    vat_rate = models.DecimalField(max_digits=4, decimal_places=2)
    vat_regime = models.CharField(max_length=10, choices=Producer.VatRegime, default="", blank=True)
    returnable = models.ForeignKey(Returnable, models.PROTECT, null=True, blank=True, related_name="+")
    deposit = models.DecimalField(max_digits=6, decimal_places=2)
    price_per_kg = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    typical_weight_g = models.PositiveIntegerField(null=True, blank=True)
    greatest_weight_g = models.PositiveIntegerField(null=True, blank=True)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    offered_at = models.DateTimeField(default=timezone.now)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    on_behalf = models.BooleanField(default=False, help_text="Agreed to by a coordinator: the household has no login.")
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer after the close")
        verbose_name_plural = _("offers after the close")
        constraints: ClassVar = [
            models.CheckConstraint(name="grant_of_something", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="grant_ends_one_way", condition=Q(agreed_at=None) | Q(taken_back_at=None)),
            models.UniqueConstraint(
                fields=["order", "offer"],
                name="grant_one_open_per_product",
                condition=Q(agreed_at=None, taken_back_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer} + {self.quantity}"

    @property
    def price(self) -> Price:
        return Price(
            self.basis, self.unit_price, self.vat_rate, self.deposit, self.price_per_kg, self.greatest_weight_g
        )


def has_login(household: Household) -> bool:
    """Whether anybody can sign in for the household; only then does its own tap have to agree."""
    members = Membership.objects.active().filter(household=household)
    return members.filter(user__is_active=True, user__scrubbed_at=None).exists()
