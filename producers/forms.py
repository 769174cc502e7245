from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext_lazy as _

from cagette.countries import Country
from cagette.fields import PhotoField
from cagette.models import Language
from producers.models import Producer, ProducerMember
from producers.numbers import (
    bic_field,
    business_number_field,
    iban_field,
    siren_field,
    siret_field,
    vat_number_field,
)
from producers.paying import Means
from producers.regimes import first_regime, regimes

MOST_RECIPIENTS = 10
# RFC 5321, and the column's own limit.
LONGEST_ADDRESS = 254

if TYPE_CHECKING:
    ProducerModelForm = forms.ModelForm[Producer]
else:
    ProducerModelForm = forms.ModelForm  # Django's own can't be subscripted


class FoundingForm(forms.Form):
    """What it takes to begin: a name."""

    name = forms.CharField(
        label=_("Name of the farm"),
        max_length=120,
        help_text=_("As neighbours know it. Everything else can wait."),
    )
    commune = forms.CharField(label=_("Commune"), max_length=120, required=False)
    country = forms.ChoiceField(label=_("Country"), choices=Country, initial=Country.FR)
    role = forms.ChoiceField(
        label=_("Whose farm is it?"),
        choices=[
            (ProducerMember.Role.OWNER, _("Mine: I get its pick lists")),
            (ProducerMember.Role.EDITOR, _("Somebody else's: I keep its catalogue until the farm joins")),
        ],
        initial=ProducerMember.Role.OWNER,
        widget=forms.RadioSelect,
    )


class FarmForm(ProducerModelForm):
    """A farm's public face, where its pick lists go, and what the law and the bank want to know."""

    photo = PhotoField(
        label=_("Photo"), help_text=_("People, animals, fields: 20 MB at most. Its place and date aren't kept.")
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages spoken at the farm"), choices=Language, required=False, widget=forms.CheckboxSelectMultiple
    )
    pick_list_emails = forms.CharField(
        label=_("Addresses that get the pick lists"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("One e-mail address a line. They need no account. Empty: pick lists are printed or told by phone."),
    )
    # The country whose law the page asked for.
    asked_country = forms.CharField(required=False, widget=forms.HiddenInput)
    siren = siren_field()
    siret = siret_field(help_text=_("The SIREN and the 5 digits of the place of business."))
    vat_number = vat_number_field(required=False, help_text=_("Only for farms that are liable for VAT."))
    iban = iban_field(help_text=_("Buyers pay you by transfer; Cagette never holds your money."))
    bic = bic_field()
    payment_means = forms.MultipleChoiceField(
        label=_("Means of payment you take"),
        choices=Means,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Households read it beside the amount they owe you: what to bring, and to whose order."),
    )

    PUBLIC: ClassVar = ("name", "story", "photo", "commune", "address", "phone", "languages")
    LEGAL: ClassVar = ("country", "legal_name", "siren", "siret", "vat_regime", "vat_number", "consumer_mediator")
    PAYMENT: ClassVar = ("payment_means", "iban", "iban_holder", "bic")

    class Meta:
        model = Producer
        fields: ClassVar = [
            "name",
            "story",
            "photo",
            "commune",
            "address",
            "phone",
            "languages",
            "country",
            "legal_name",
            "siren",
            "siret",
            "vat_regime",
            "vat_number",
            "consumer_mediator",
            "payment_means",
            "iban",
            "iban_holder",
            "bic",
        ]
        widgets: ClassVar = {
            "story": forms.Textarea(attrs={"rows": 6}),
            "phone": forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        }
        help_texts: ClassVar = {
            "story": _("Who you are, what you grow and how. An empty line starts a new paragraph."),
            "address": _("Shown on your page: the law wants the seller's address."),
            "phone": _("On pick lists and for coordinators; it isn't shown on your page."),
            "country": _(
                "VAT rates, the numbers below and what the law wants follow it. Save to see those of another."
            ),
            "legal_name": _("As on your invoices, when it differs from the name above: EARL, GAEC, or your own name."),
            "vat_regime": _(
                "Small businesses and farms under the flat-rate scheme charge no VAT. It decides what your prices hold."
            ),
            "consumer_mediator": _(
                "Who settles a disagreement with a buyer free of charge (Code de la consommation, L616-1): name, site."
            ),
            "iban_holder": _("Letter for letter as your bank has it: banks compare it before a transfer."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._follow_the_country()
        emails = self.instance.pick_list_recipients.order_by("pk").values_list("email", flat=True)
        self.initial["pick_list_emails"] = "\n".join(emails)

    def _follow_the_country(self) -> None:
        """The numbers and VAT regimes of the country that is chosen, or else is known."""
        chosen = str(self.data.get("country", ""))
        self.country = country = chosen if chosen in Country else self.instance.country
        self.fields["siren"] = business_number_field(country)
        self.fields["vat_number"] = vat_number_field(
            country, required=False, help_text=_("Only for farms that are liable for VAT.")
        )
        self.fields["vat_regime"] = forms.ChoiceField(
            label=self.fields["vat_regime"].label,
            help_text=self.fields["vat_regime"].help_text,
            choices=regimes(country),
        )
        if country != Country.FR:
            self.fields["vat_regime"].help_text = _(
                "Exempt farms charge no VAT, all others do. It decides what your prices hold."
            )
        self.initial["asked_country"] = country
        if self.is_bound:
            data: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            asked, regime = data.get("asked_country", self.instance.country), data.get("vat_regime")
            data["country"] = data["asked_country"] = country
            if asked != country and regime != "liable":
                # The page still showed the regimes of another country, where a flat rate is something else.
                data["vat_regime"] = first_regime(country)
            self.data = data
        if country != Country.FR:
            del self.fields["siret"], self.fields["consumer_mediator"]

    def public(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in self.PUBLIC)

    def legal(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in self.LEGAL if name in self.fields)

    def payment(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in self.PAYMENT)

    def clean_pick_list_emails(self) -> list[str]:
        """The addresses, each once, in lower case."""
        emails: dict[str, None] = {}
        for line in self.cleaned_data["pick_list_emails"].replace(",", "\n").replace(";", "\n").splitlines():
            email = line.strip().lower()
            if not email:
                continue
            try:
                validate_email(email)
                MaxLengthValidator(LONGEST_ADDRESS)(email)
            except ValidationError as error:
                raise ValidationError(
                    _("“%(line)s” isn't an e-mail address."), code="invalid", params={"line": line.strip()[:80]}
                ) from error
            emails[email] = None
        if len(emails) > MOST_RECIPIENTS:
            raise ValidationError(_("Ten addresses at most."), code="many")
        return list(emails)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        siren, siret = cleaned.get("siren"), cleaned.get("siret")
        if siren and siret and not siret.startswith(siren):
            self.add_error("siret", _("A SIRET starts with the SIREN of its business, which is another one above."))
        vat = cleaned.get("vat_number", "")
        if self.country == Country.IT and siren and vat.startswith("IT") and not vat.endswith(siren):
            self.add_error(
                "vat_number", _("An Italian VAT number is IT and the partita IVA, which is another one above.")
            )
        if self.country == Country.CH and siren and vat and not vat.startswith(siren):
            self.add_error("vat_number", _("A Swiss VAT number begins with the UID, which is another one above."))
        if self.country == Country.FR and siren and vat.startswith("FR") and not vat.endswith(siren):
            self.add_error(
                "vat_number", _("A French VAT number ends with the SIREN of its business, which is another one above.")
            )
        if cleaned.get("iban") and not cleaned.get("iban_holder"):
            self.add_error("iban_holder", _("Write whose account it is: banks compare the name before a transfer."))
        if cleaned.get("iban_holder") and not cleaned.get("iban") and "iban" not in self.errors:
            self.add_error("iban", _("Write the IBAN of this account, or empty its holder below."))
        by_transfer = Means.TRANSFER in cleaned.get("payment_means", [])
        if by_transfer and not cleaned.get("iban") and "iban" not in self.errors:
            self.add_error("iban", _("Write the IBAN that transfers go to, or take them off the list above."))
        return cleaned


class TeamMemberForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("They get a mail, and sign in with a code sent to that address."),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[
            (ProducerMember.Role.EDITOR, _("editor: keeps catalogues, answers invitations")),
            (ProducerMember.Role.OWNER, _("owner: all that, and the team")),
        ],
        initial=ProducerMember.Role.EDITOR,
        widget=forms.RadioSelect,
    )
