from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.models.fields import CurrencyField

from cagette.countries import CURRENCY_CHOICES, Country
from cagette.money import EUR
from producers.models import Producer, ProducerMember

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cagette.models import User


class CatalogQuerySet(models.QuerySet["Catalog"]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def in_season(self, on: date) -> Self:
        return self.filter(Q(season_from=None) | Q(season_from__lte=on), Q(season_until=None) | Q(season_until__gte=on))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        if not user.is_authenticated:
            return self.none()
        return self.filter(producer__in=ProducerMember.objects.filter(user=user).values("producer"))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Published ones are for everyone; drafts for the farm alone."""
        if not user.is_authenticated:
            return self.published()
        mine = ProducerMember.objects.filter(user=user).values("producer")
        return self.filter(Q(published_at__isnull=False) | Q(producer__in=mine))


class Catalog(models.Model):
    """What a farm sells, for a season or always."""

    producer = models.ForeignKey(Producer, models.PROTECT, related_name="catalogs")
    name = models.CharField(_("name"), max_length=120)
    currency = CurrencyField(verbose_name=_("currency"), choices=CURRENCY_CHOICES, default=EUR, db_default=EUR)
    season_from = models.DateField(pgettext_lazy("season", "from"), null=True, blank=True)
    season_until = models.DateField(pgettext_lazy("season", "until"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CatalogQuerySet.as_manager()

    class Meta:
        verbose_name = _("catalogue")
        ordering: ClassVar = ["producer", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["producer", "name"], name="catalog_name_once_per_producer"),
            models.CheckConstraint(
                name="catalog_season_in_order",
                condition=Q(season_from=None) | Q(season_until=None) | Q(season_from__lte=models.F("season_until")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.producer} · {self.name}"

    def was_published(self) -> bool:
        """Whether it is published, or ever was: only then can it have been offered, and its currency stays."""
        return self.published_at is not None or self.edits.filter(field="published").exists()


class CatalogImport(models.Model):
    """A file on its way into a catalog: kept, mapped and previewed, and applied at most once."""

    class State(models.TextChoices):
        DRAFT = "draft", _("to check")
        APPLIED = "applied", _("applied")

    catalog = models.ForeignKey(Catalog, models.PROTECT, related_name="imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    filename = models.CharField(max_length=200)
    content = models.BinaryField(help_text="The file as it came; erased some time after it was applied.")
    mapping = models.JSONField(default=dict, help_text="Sheet, header row and the meaning of each column, as chosen.")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    applied_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict, help_text="The counts of the preview that was applied.")

    class Meta:
        verbose_name = _("catalogue import")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="import_applied_has_its_time",
                condition=Q(state="draft", applied_at=None) | Q(state="applied", applied_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.filename


class VatRateQuerySet(models.QuerySet["VatRate"]):
    def in_force(self, on: date) -> Self:
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)


class VatRate(models.Model):
    """A VAT rate and when it holds: law changes, so rates are dated data and not code."""

    country = models.CharField(_("country"), max_length=2, choices=Country, default=Country.FR)
    percent = models.DecimalField(max_digits=4, decimal_places=2)
    applies_to = models.CharField(_("applies to"), max_length=200)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    usual = models.BooleanField(
        _("usual"),
        default=False,
        db_default=False,
        help_text=_("What most food bears in this country: new products begin with it."),
    )

    objects = VatRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("VAT rate")
        ordering: ClassVar = ["country", "percent"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "percent", "valid_from"], name="vat_rate_once"),
            models.UniqueConstraint(
                fields=["country"],
                name="vat_rate_one_usual_per_country",
                condition=Q(usual=True, valid_until=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent.normalize():f} %"
