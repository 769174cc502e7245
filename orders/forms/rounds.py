from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cagette.fields import DayField, MoneyField
from catalogs.models import Catalog
from orders.forms.times import HourField, moment, split
from orders.models import Neighbourhood, Place, Round, Stall

# So many catalogues stand on the page without being looked for: those that came before, and the first of the others.
CATALOGS_SHOWN = 60


def catalog_label(catalog: Any) -> str:
    """`Ferme du Prorel, Briançon · Automne (24 produits)`, of an `invitable` catalogue."""
    products = ngettext("%(n)s product", "%(n)s products", catalog.on_sale) % {"n": catalog.on_sale}
    where = f", {catalog.producer.commune}" if catalog.producer.commune else ""
    return f"{catalog.producer.name}{where} · {catalog.name} ({products})"


class CatalogsField(forms.ModelMultipleChoiceField[Catalog]):
    """Farms to invite, each with one of its catalogues."""

    def label_from_instance(self, obj: Any) -> str:
        return catalog_label(obj)

    def clean(self, value: Any) -> Any:
        catalogs = super().clean(value)
        farms: set[int] = set()
        for catalog in catalogs:
            if catalog.producer_id in farms:
                raise forms.ValidationError(
                    _("One catalogue per farm: %(farm)s is there twice.") % {"farm": catalog.producer.name}
                )
            farms.add(catalog.producer_id)
        return catalogs


class ProposalForm(forms.Form):
    """A day, a place, a window and some farms. All hours are the neighbourhood's."""

    title = forms.CharField(
        label=_("title"), max_length=120, help_text=_("What neighbours see first: “Thursday's order”.")
    )
    delivery_day = DayField(label=_("day"))
    delivery_from = HourField(label=_("from"))
    delivery_until = HourField(label=_("until"))
    place = forms.ModelChoiceField(
        Place.objects.none(), label=_("pick-up point"), required=False, empty_label=_("a new one, below")
    )
    place_name = forms.CharField(label=_("name of the new pick-up point"), max_length=120, required=False)
    place_address = forms.CharField(label=_("address"), max_length=250, required=False)
    place_access = forms.CharField(
        label=_("how to get in"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=1000
    )
    opens_day = DayField(label=_("orders open on"))
    opens_hour = HourField(label=_("at"))
    closes_day = DayField(label=_("orders close on"))
    closes_hour = HourField(label=_("at"))
    catalogs = CatalogsField(
        Catalog.objects.none(), label=_("farms to invite"), required=False, widget=forms.CheckboxSelectMultiple
    )
    search = forms.CharField(label=_("look for a farm"), max_length=80, required=False)
    note = forms.CharField(
        label=_("note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the farms and the neighbours alike."),
    )
    latecomers = forms.CharField(
        label=_("for latecomers"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What becomes of a crate nobody has fetched: “it waits at Lucie's until noon the next day”."),
    )

    def __init__(self, data: QueryDict | None = None, *, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.neighbourhood = neighbourhood
        place = self.fields["place"]
        assert isinstance(place, forms.ModelChoiceField)
        place.queryset = neighbourhood.places.all()
        catalogs = self.fields["catalogs"]
        assert isinstance(catalogs, CatalogsField)
        # One in another currency isn't shown; asked for all the same it is refused with a sentence (rounds.invite).
        catalogs.queryset = invitable()
        self._show_catalogs(catalogs)

    def _show_catalogs(self, field: CatalogsField) -> None:
        """List the farms chosen, those that came before, and those looked for, or else the first of all others."""
        chosen = self["catalogs"].value() or []
        # Read before they are judged, so strictly: PostgreSQL takes no NUL.
        words = str(self["search"].value() or "").replace("\0", "").strip()
        before = Stall.objects.filter(round__neighbourhood=self.neighbourhood).values("producer")
        offered = invitable().filter(currency=self.neighbourhood.currency)
        listed = Q(pk__in=[pk for pk in chosen if str(pk).isdecimal() and len(str(pk)) < 19]) | Q(producer__in=before)
        if words:
            listed |= Q(producer__name__icontains=words) | Q(producer__commune__icontains=words)
        else:
            first = offered.order_by("producer__name", "pk").values("pk")[:CATALOGS_SHOWN]
            listed |= Q(pk__in=list(first.values_list("pk", flat=True)))
        rows = list(offered.filter(listed).order_by("producer__name", "name"))
        self.left_out = 0 if words else offered.count() - len(rows)
        field.widget.choices = [(row.pk, field.label_from_instance(row)) for row in rows]

    def clean(self) -> dict[str, Any]:
        super().clean()
        zone, cleaned = self.neighbourhood.zone, self.cleaned_data
        cleaned["delivery_starts_at"] = starts = moment(self, "delivery_day", "delivery_from", zone)
        cleaned["delivery_ends_at"] = ends = moment(self, "delivery_day", "delivery_until", zone)
        cleaned["opens_at"] = opens = moment(self, "opens_day", "opens_hour", zone)
        cleaned["closes_at"] = closes = moment(self, "closes_day", "closes_hour", zone)
        now = timezone.now()
        if starts and starts <= now:
            self.add_error("delivery_day", _("This day has already passed."))
        if starts and ends and ends <= starts:
            self.add_error("delivery_until", _("The pick-up ends after it begins."))
        if closes and closes <= now:
            self.add_error("closes_day", _("This has already passed: nobody could order."))
        elif closes and opens and closes <= opens:
            self.add_error("closes_day", _("Orders close after they open."))
        if closes and starts and closes > starts:
            self.add_error("closes_day", _("Orders close before the pick-up, early enough for the farms to prepare."))
        if not cleaned.get("place"):
            for name in ("place_name", "place_address"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Choose a pick-up point above, or write down the new one."))
        return cleaned


def invitable() -> QuerySet[Catalog]:
    """Catalogues that a farm can be invited with, each with its number of products `on_sale`."""
    return (
        Catalog.objects.published()
        .filter(producer__retired_at=None)
        .select_related("producer")
        .annotate(on_sale=Count("products", filter=Q(products__available=True)))
    )


def typed(data: QueryDict) -> dict[str, Any]:
    """What was typed so far, to show it again without judging it yet."""
    return {name: data.getlist(name) if name == "catalogs" else data.get(name) for name in data}


def from_scratch(neighbourhood: Neighbourhood) -> dict[str, Any]:
    """What most rounds are like: orders open now and close at eight in the evening, crates leave after work."""
    opens = timezone.now().astimezone(neighbourhood.zone).replace(minute=0, second=0, microsecond=0)
    return split(opens, neighbourhood.zone, "opens_day", "opens_hour") | {
        "closes_hour": "20:00",
        "delivery_from": "17:00",
        "delivery_until": "19:00",
        "place": neighbourhood.places.order_by("-pk").values_list("pk", flat=True).first(),
        "latecomers": neighbourhood.rounds.order_by("-pk").values_list("latecomers", flat=True).first(),
    }


def copied(last: Round, catalogs: Iterable[int]) -> dict[str, Any]:
    """The round `last` again, so many whole weeks later that orders haven't closed yet: same weekdays, same hours."""
    zone, now = last.neighbourhood.zone, timezone.now()
    weeks = 1
    while _later(last.closes_at, weeks, last) <= now:
        weeks += 1
    return {
        "title": last.title,
        "note": last.note,
        "latecomers": last.latecomers,
        "place": last.place_id,
        "catalogs": list(catalogs),
        **split(_later(last.delivery_starts_at, weeks, last), zone, "delivery_day", "delivery_from"),
        "delivery_until": last.delivery_ends_at.astimezone(zone).time(),
        **split(_later(last.opens_at, weeks, last), zone, "opens_day", "opens_hour"),
        **split(_later(last.closes_at, weeks, last), zone, "closes_day", "closes_hour"),
    }


def _later(at: datetime, weeks: int, last: Round) -> datetime:
    """The same hour by the clock on the wall, also when summer time ends in between."""
    return at.astimezone(last.neighbourhood.zone) + timedelta(weeks=weeks)


class AnswerForm(forms.Form):
    """A farm's terms for one round; nothing is needed to say yes."""

    closes_day = DayField(label=_("take orders until"))
    closes_hour = HourField(label=_("at"))
    minimum_amount = MoneyField(
        label=_("minimum order"), required=False, help_text=_("Incl. VAT, for the whole group. Blank: none.")
    )
    below_minimum = forms.ChoiceField(
        label=_("below the minimum"), choices=Stall.BelowMinimum.choices, widget=forms.RadioSelect
    )
    word = forms.CharField(
        label=_("a word for the neighbours"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands above your products."),
    )

    def __init__(self, data: QueryDict | None = None, *, stall: Stall) -> None:
        self.stall = stall
        minimum = stall.minimum_amount
        initial = {
            "minimum_amount": minimum and minimum.amount,
            "below_minimum": stall.below_minimum,
            "word": stall.word,
        }
        super().__init__(
            data, initial=initial | split(stall.closes_at, stall.round.neighbourhood.zone, "closes_day", "closes_hour")
        )
        amount = self.fields["minimum_amount"]
        assert isinstance(amount, MoneyField)
        amount.in_currency(stall.round.currency)

    def clean(self) -> dict[str, Any]:
        super().clean()
        round = self.stall.round
        closes = moment(self, "closes_day", "closes_hour", round.neighbourhood.zone)
        if closes is not None:
            # The page shows whole minutes; unchanged means the very moment it was.
            if closes == round.closes_at.replace(second=0, microsecond=0):
                closes = round.closes_at
            elif closes == self.stall.closes_at.replace(second=0, microsecond=0):
                closes = self.stall.closes_at
            if not round.opens_at < closes <= round.closes_at:
                self.add_error("closes_day", _("Between the opening and the close of the group order, please."))
            elif closes <= timezone.now():
                self.add_error("closes_day", _("This has already passed: choose a later moment."))
        self.cleaned_data["closes_at"] = closes
        return self.cleaned_data

    def terms(self) -> dict[str, Any]:
        """What `rounds.accept` takes."""
        names = ("closes_at", "minimum_amount", "below_minimum", "word")
        return {name: self.cleaned_data[name] for name in names}
