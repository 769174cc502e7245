from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalogs.models.products import Product


class Supply(models.Model):
    """How much of a product there is, in its unit; a blank quantity is no limit.

    Usually one per product and round. A *shared* one serves every round that offers the product while it lasts:
    twenty cheeses for five neighbourhoods. `ordered` is what has been confirmed from it, and never passes `quantity`:
    the database sees to it.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="supplies")
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=3, null=True, blank=True)
    ordered = models.DecimalField(_("ordered"), max_digits=10, decimal_places=3, default=0, editable=False)
    professional_share = models.DecimalField(
        _("share kept for professionals"), max_digits=10, decimal_places=3, null=True, blank=True
    )
    shared = models.BooleanField(_("shared by several rounds"), default=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("supply")
        verbose_name_plural = _("supplies")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="supply_not_oversold",
                condition=Q(quantity=None) | Q(ordered__lte=F("quantity")),
                violation_error_message=_("More than that has already been ordered."),
            ),
            models.CheckConstraint(name="supply_ordered_not_negative", condition=Q(ordered__gte=0)),
            models.CheckConstraint(
                name="supply_professional_share_within",
                condition=Q(professional_share=None)
                | Q(professional_share__gte=0, quantity=None)
                | Q(professional_share__gte=0, professional_share__lte=F("quantity")),
            ),
            models.UniqueConstraint(
                fields=["product"], name="supply_one_shared_at_a_time", condition=Q(shared=True, ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.ordered}/{self.quantity}"
