"""Farms, who speaks for them, and what proves their labels."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.countries import Country
from cagette.photos import PhotoField
from producers.numbers import business_number_label, business_number_shown, vat_number_shown
from producers.paying import Means, ways_to_pay
from producers.regimes import CHARGING, MENTIONS, NEEDED, NEEDED_WITH_VAT

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cagette.models import User


class ProducerQuerySet(models.QuerySet["Producer"]):
    def edited_by(self, user: User | AnonymousUser) -> Self:
        """Those whose catalogs and answers `user` may write; staff work in the admin instead."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(pk__in=ProducerMember.objects.filter(user=user).values("producer"))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A farm's public page is for everyone, unless the farm has retired it."""
        return self.filter(retired_at=None)


class Producer(models.Model):
    """A farm. Only a name is needed to start; what the law wants is asked for before the first sale."""

    class VatRegime(models.TextChoices):
        FRANCHISE = "franchise", _("small business, no VAT (franchise en base)")
        FLAT_RATE = "flat_rate", _("agricultural flat-rate compensation")
        LIABLE = "liable", _("liable for VAT")

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    story = models.TextField(_("story"), blank=True)
    photo = PhotoField(_("photo"), upload_to="producers/", blank=True)
    commune = models.CharField(_("commune"), max_length=120, blank=True)
    address = models.CharField(_("address"), max_length=250, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, choices=Country, default=Country.FR, db_default=Country.FR)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    languages = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    # SIREN, partita IVA or UID, as the country has it (producers.numbers).
    siren = models.CharField(_("number of the business"), max_length=15, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    vat_regime = models.CharField(_("VAT regime"), max_length=10, choices=VatRegime, default=VatRegime.FLAT_RATE)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    consumer_mediator = models.CharField(_("consumer mediator"), max_length=250, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    iban_holder = models.CharField(_("exact holder of the IBAN"), max_length=140, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    payment_means = ArrayField(
        models.CharField(max_length=20, choices=Means), verbose_name=_("means of payment"), default=list, blank=True
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ProducerQuerySet.as_manager()

    class Meta:
        verbose_name = _("farm")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(name="producer_has_a_name", condition=~models.Q(name="")),
            models.CheckConstraint(
                name="producer_transfers_go_to_an_iban",
                condition=~models.Q(payment_means__contains=["transfer"]) | ~models.Q(iban=""),
                violation_error_message=_("Who is paid by transfer has an IBAN."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def payee(self) -> str:
        """To whose order cheques are made out, and whose account transfers go to."""
        return self.iban_holder or self.legal_name or self.name

    @property
    def takes_transfers(self) -> bool:
        return Means.TRANSFER in self.payment_means

    @property
    def ways_to_pay(self) -> str:
        return ways_to_pay(self.payment_means, self.payee)

    @property
    def number_label(self) -> str:
        """`SIREN`, `Partita IVA`, `UID`: what the number of a business is called in the farm's country."""
        return business_number_label(self.country)

    @property
    def number_shown(self) -> str:
        return business_number_shown(self.country, self.siren)

    @property
    def vat_number_shown(self) -> str:
        return vat_number_shown(self.country, self.vat_number)

    @property
    def charges_vat(self) -> bool:
        """Whether its prices hold VAT, and its products have a rate other than 0."""
        return self.vat_regime in CHARGING[self.country]

    @property
    def vat_mention(self) -> str:
        """What the law wants said where the farm charges no VAT; empty where it wants nothing."""
        return str(MENTIONS.get((self.country, self.vat_regime), ""))

    def missing_for_sale(self) -> list[str]:
        """What the law of its country still wants before this farm's first sale, as field names."""
        needed = NEEDED[self.country] + (NEEDED_WITH_VAT[self.country] if self.charges_vat else ())
        return [field for field in needed if not getattr(self, field)]


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def valid(self, on: date) -> Self:
        return self.filter(models.Q(valid_from=None) | models.Q(valid_from__lte=on), expires_on__gte=on)


class Certificate(models.Model):
    """What lets a product show the organic leaf: only while valid, and only in its scope."""

    producer = models.ForeignKey(Producer, models.PROTECT, related_name="certificates")
    certifier_code = models.CharField(_("certifier code"), max_length=20, help_text="FR-BIO-01")
    file = models.FileField(_("certificate"), upload_to="certificates/", blank=True)
    scope = ArrayField(
        models.CharField(max_length=30), default=list, blank=True, help_text=_("Categories it covers; empty for all.")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"))

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")

    def __str__(self) -> str:
        return f"{self.certifier_code} → {self.expires_on}"

    def covers(self, category: str, on: date) -> bool:
        """Whether a product of `category` may show the leaf on that day by this certificate."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and on <= self.expires_on and (not self.scope or category in self.scope)


class ProducerMember(models.Model):
    """A login that works for a farm."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        EDITOR = "editor", _("editor")

    producer = models.ForeignKey(Producer, models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="producer_memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.OWNER)

    class Meta:
        verbose_name = _("farm member")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["producer", "user"], name="producer_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.producer}"


class PickListRecipient(models.Model):
    """An address that gets the farm's pick lists; it needs no login."""

    producer = models.ForeignKey(Producer, models.PROTECT, related_name="pick_list_recipients")
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=5, default="fr")

    class Meta:
        verbose_name = _("pick list recipient")
        constraints: ClassVar = [
            models.UniqueConstraint("producer", models.functions.Lower("email"), name="pick_list_recipient_once"),
        ]

    def __str__(self) -> str:
        return self.email
