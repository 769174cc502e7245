from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from cagette.countries import CURRENCY_CHOICES
from cagette.money import Money
from producers.models import Producer, ProducerMember

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cagette.models import User


class ReturnableQuerySet(models.QuerySet["Returnable"]):
    def in_use(self) -> Self:
        """Those that products may name."""
        return self.filter(until=None)

    def editable_by(self, user: User | AnonymousUser) -> Self:
        if not user.is_authenticated:
            return self.none()
        return self.filter(producer__in=ProducerMember.objects.filter(user=user).values("producer"))


class Returnable(models.Model):
    """What goes back to a farm against its deposit: a jar of 500 g, a crate.

    Its amount never changes, and the database holds products and offers to the amount of what they name. A farm that
    asks for another amount ends this one and begins the next: what was sold with the old deposit is given back for the
    old deposit.
    """

    producer = models.ForeignKey(Producer, models.PROTECT, related_name="returnables")
    name = models.CharField(_("name"), max_length=80)
    amount: models.Field[Money, Money] = MoneyField(
        _("deposit"), max_digits=6, decimal_places=2, currency_choices=CURRENCY_CHOICES
    )
    if TYPE_CHECKING:  # written by the field above
        amount_currency: str
    since = models.DateField(_("since"), default=timezone.localdate)
    until = models.DateField(_("until"), null=True, blank=True)
    to_check = models.BooleanField(
        _("to check"), default=False, help_text="Made from a bare amount: the farm hasn't named it yet."
    )

    objects = ReturnableQuerySet.as_manager()

    class Meta:
        verbose_name = _("returnable")
        ordering: ClassVar = ["producer", "name", "-since", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="returnable_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="returnable_worth_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="returnable_dates_in_order", condition=Q(until=None) | Q(until__gte=F("since"))
            ),
            models.UniqueConstraint(
                fields=["producer", "name", "amount", "amount_currency"],
                name="returnable_in_use_once",
                condition=Q(until=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def deposit(self) -> Decimal:
        """The bare amount, as products, offers and lines keep it."""
        amount: Decimal = self.amount.amount
        return amount
