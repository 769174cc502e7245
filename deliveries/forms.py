from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.fields import AmountField, DayField
from cagette.models import User
from catalogs.models import Catalog
from deliveries.models import Correction
from orders.forms.rounds import catalog_label, invitable
from orders.forms.times import HourField, moment, split
from orders.models import Membership, Offer, Order, OrderLine, Place, Round, Stall

REASON_LENGTH = 500


class ReasonForm(forms.Form):
    """Why; people are told in these words."""

    reason = forms.CharField(
        label=_("why"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the mails: “the pass is closed by snow”."),
    )


class ExtensionForm(forms.Form):
    """A later close."""

    closes_day = DayField(label=_("orders close on"))
    closes_hour = HourField(label=_("at"))

    def __init__(self, data: QueryDict | None = None, *, round: Round) -> None:
        self.round = round
        super().__init__(data, initial=split(round.closes_at, round.neighbourhood.zone, "closes_day", "closes_hour"))

    def clean(self) -> dict[str, Any]:
        super().clean()
        closes = moment(self, "closes_day", "closes_hour", self.round.neighbourhood.zone)
        if closes and closes <= self.round.closes_at:
            self.add_error("closes_day", _("Later than announced now, please."))
        elif closes and closes > self.round.delivery_starts_at:
            self.add_error("closes_day", _("Orders close before the pick-up, early enough for the farms to prepare."))
        self.cleaned_data["closes_at"] = closes
        return self.cleaned_data


class MoveForm(forms.Form):
    """Another day, another place, or both."""

    delivery_day = DayField(label=_("day"))
    delivery_from = HourField(label=_("from"))
    delivery_until = HourField(label=_("until"))
    place = forms.ModelChoiceField(Place.objects.none(), label=_("pick-up point"), empty_label=None)
    reason = forms.CharField(
        label=_("why"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the mails: “the pass is closed by snow”."),
    )

    def __init__(self, data: QueryDict | None = None, *, round: Round) -> None:
        self.round = round
        zone = round.neighbourhood.zone
        initial = split(round.delivery_starts_at, zone, "delivery_day", "delivery_from") | {
            "delivery_until": round.delivery_ends_at.astimezone(zone).time(),
            "place": round.place_id,
        }
        super().__init__(data, initial=initial)
        place = self.fields["place"]
        assert isinstance(place, forms.ModelChoiceField)
        place.queryset = round.neighbourhood.places.all()

    def clean(self) -> dict[str, Any]:
        super().clean()
        zone, cleaned = self.round.neighbourhood.zone, self.cleaned_data
        cleaned["delivery_starts_at"] = starts = moment(self, "delivery_day", "delivery_from", zone)
        cleaned["delivery_ends_at"] = ends = moment(self, "delivery_day", "delivery_until", zone)
        if starts and ends and ends <= starts:
            self.add_error("delivery_until", _("The pick-up ends after it begins."))
        if starts and starts <= timezone.now():
            self.add_error("delivery_day", _("This day has already passed."))
        elif starts and starts < self.round.closes_at:
            self.add_error("delivery_day", _("Orders close after that: the farms need time to prepare."))
        return cleaned


class _CatalogField(forms.ModelChoiceField[Catalog]):
    def label_from_instance(self, obj: Any) -> str:
        return catalog_label(obj)


class InvitationForm(forms.Form):
    """One more farm."""

    catalog = _CatalogField(Catalog.objects.none(), label=_("farm"), empty_label=_("choose"))

    def __init__(self, data: QueryDict | None = None, *, round: Round) -> None:
        super().__init__(data)
        field = self.fields["catalog"]
        assert isinstance(field, forms.ModelChoiceField)
        invited = round.stalls.values("producer")
        catalogs = invitable().exclude(producer__in=invited).order_by("producer__name", "name")
        # One in another currency isn't shown; asked for all the same it is refused with a sentence (rounds.invite).
        field.queryset = catalogs
        offered = [(row.pk, catalog_label(row)) for row in catalogs.filter(currency=round.currency)]
        field.widget.choices = [("", field.empty_label), *offered]


class CoordinatorForm(forms.Form):
    """Somebody of the neighbourhood who shall run the round too."""

    email = forms.EmailField(label=_("e-mail of a member"), max_length=254)

    def __init__(self, data: QueryDict | None = None, *, round: Round) -> None:
        self.round = round
        super().__init__(data)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        members = Membership.objects.active().filter(household__neighbourhood=self.round.neighbourhood_id)
        self.user = User.objects.filter(email=email, is_active=True, pk__in=members.values("user")).first()
        if self.user is None:
            raise forms.ValidationError(_("No member of this neighbourhood group has this address."))
        return email


class DecisionForm(forms.Form):
    """What becomes of a farm below its minimum."""

    decision = forms.ChoiceField(
        label=_("what now?"),
        choices=[choice for choice in Stall.Decision.choices if choice[0]],
        widget=forms.RadioSelect,
    )


class _OfferField(forms.ModelChoiceField[Offer]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.stall.producer.name} · {obj.name}"


def _closed_offers(order: Order) -> QuerySet[Offer]:
    offers = Offer.objects.filter(stall__round=order.round_id, stall__state=Stall.State.CLOSED)
    return offers.select_related("stall__producer").order_by("stall__producer__name", "position", "pk")


class CorrectionForm(forms.Form):
    """What a household gets of a product after the close."""

    offer = _OfferField(Offer.objects.none(), label=_("product"), empty_label=_("choose"))
    quantity = AmountField(
        label=_("quantity"), max_digits=9, decimal_places=3, min_value=0, help_text=_("0 takes it out of the crate.")
    )
    cause = forms.ChoiceField(
        label=_("if it gets less"),
        required=False,
        choices=[
            (Correction.Cause.MISSING, _("Missing: a jar broke, the farm has fewer. Nobody else can buy them.")),
            (Correction.Cause.NOT_WANTED, _("Not wanted: the goods exist. Others can buy them again.")),
        ],
        widget=forms.RadioSelect,
        help_text=_(
            "What was missing and has been found can be given back here. What was not wanted, or never ordered, the"
            " household has to agree to first: offer it."
        ),
    )
    reason = forms.CharField(
        label=_("why"), max_length=REASON_LENGTH, help_text=_("It stands on the revised pick list: “one jar broken”.")
    )

    def __init__(self, data: QueryDict | None = None, *, order: Order, offer: str = "") -> None:
        super().__init__(data, initial={"offer": offer})
        self.order = order
        field = self.fields["offer"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _closed_offers(order)

    def line_of(self, offer: object) -> OrderLine | None:
        """The household's line of an offer that was chosen, however badly."""
        if not (isinstance(offer, str) and offer.isascii() and offer.isdecimal()):
            return None
        return OrderLine.objects.filter(order=self.order, offer=int(offer[:18])).select_related("offer").first()

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        offer, quantity = cleaned.get("offer"), cleaned.get("quantity")
        if offer is not None and quantity is not None and not cleaned.get("cause"):
            line = self.line_of(str(offer.pk))
            if line is not None and quantity < line.counted_now:
                self.add_error("cause", _("Say whether the goods are missing or not wanted."))
        return cleaned


class GrantForm(forms.Form):
    """What a household is offered after the close."""

    offer = _OfferField(Offer.objects.none(), label=_("product"), empty_label=_("choose"))
    quantity = AmountField(label=_("how much more"), max_digits=9, decimal_places=3, min_value=0)
    reason = forms.CharField(
        label=_("a word to the household"),
        max_length=REASON_LENGTH,
        required=False,
        help_text=_("It stands in the mail and on the revised pick list: “one loaf too many was baked”."),
    )

    def __init__(self, data: QueryDict | None = None, *, order: Order, offer: str = "") -> None:
        super().__init__(data, initial={"offer": offer})
        field = self.fields["offer"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _closed_offers(order)


class WithdrawalForm(forms.Form):
    """The declaration of a withdrawal: from what, by whom, and where the receipt goes."""

    lines = forms.TypedMultipleChoiceField(
        label=_("I withdraw from"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what you withdraw from.")},
    )
    name = forms.CharField(label=_("your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("e-mail"),
        max_length=254,
        help_text=_("The dated receipt goes there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, choices: list[tuple[int, str]], by: User | None) -> None:
        initial = {"name": by.name, "email": by.email} if by else {}
        super().__init__(data, initial={"key": uuid4().hex, **initial})
        field = self.fields["lines"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = choices


class DeletionForm(forms.Form):
    """Nobody deletes an account by a slip of the finger."""

    sure = forms.BooleanField(
        label=_("I have read this, and want my account deleted"),
        error_messages={"required": _("Tick this box to go on.")},
    )
