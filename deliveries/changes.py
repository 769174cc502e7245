"""What was changed of a group order, in words: transitions and corrections in one list, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cagette import wording
from cagette.models import User
from cagette.money import Money
from deliveries.models import Correction
from orders.models import Round, Stall, Transition

Kind, How = Transition.Kind, Transition.How

OF_ROUND: dict[str, str | Promise] = {
    Kind.PROPOSED: gettext_lazy("Order proposed"),
    Kind.PUBLISHED: gettext_lazy("Order published"),
    Kind.OPENED: gettext_lazy("Opened earlier than announced"),
    Kind.EXTENDED: gettext_lazy("Extended"),
    Kind.SHORTENED: gettext_lazy("Closed earlier than announced"),
    Kind.CLOSED: gettext_lazy("Order closed"),
    Kind.SETTLED: gettext_lazy("Settled"),
    Kind.MOVED: gettext_lazy("Moved"),
    Kind.CANCELLED: gettext_lazy("Order called off"),
}
OF_STALL: dict[str, str | Promise] = {
    Kind.INVITED: gettext_lazy("Farm invited"),
    Kind.ACCEPTED: gettext_lazy("Farm takes part"),
    Kind.TERMS: gettext_lazy("Terms changed"),
    Kind.DECLINED: gettext_lazy("Farm declined"),
    Kind.OPENED: gettext_lazy("On sale"),
    Kind.EXTENDED: gettext_lazy("Extended"),
    Kind.SHORTENED: gettext_lazy("Closed earlier than announced"),
    Kind.WAITING: gettext_lazy("Below its minimum: an answer is awaited"),
    Kind.DECIDED: gettext_lazy("Decided about the minimum"),
    Kind.CLOSED: gettext_lazy("Farm closed"),
    Kind.BELOW_MINIMUM: gettext_lazy("Called off: below its minimum"),
    Kind.DROPPED: gettext_lazy("Farm called off"),
    Kind.MOVED: gettext_lazy("Less time to answer"),
}
# In the order in which they are told.
LABELS: dict[str, str | Promise] = {
    "opens_at": gettext_lazy("orders open"),
    "closes_at": gettext_lazy("orders close"),
    "delivery_starts_at": gettext_lazy("pick-up from"),
    "delivery_ends_at": gettext_lazy("pick-up until"),
    "place": gettext_lazy("pick-up point"),
    "minimum_amount": gettext_lazy("minimum order"),
    "below_minimum": gettext_lazy("below the minimum"),
    "minimum_decision": gettext_lazy("decision"),
    "answer_by": gettext_lazy("answer awaited until"),
}
# The dot beside a row, as timeline.css draws it.
DOTS = {
    Kind.PUBLISHED: "done",
    Kind.ACCEPTED: "accepted",
    Kind.DECLINED: "declined",
    Kind.WAITING: "waiting",
    Kind.CLOSED: "done",
    Kind.BELOW_MINIMUM: "refused",
    Kind.DROPPED: "refused",
    Kind.CANCELLED: "refused",
}
SIGNS = {How.CLOCK: "clock", How.LINK: "mail", How.PHONE: "phone"}


@dataclass(frozen=True)
class Detail:
    """One thing that changed: `before` is empty where it had not been said, `after` where it is no longer."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One row of the list. `who` is a name, or says that it came by itself or by a link; empty where it isn't known."""

    at: datetime
    who: str
    title: str
    farm: str = ""
    details: Sequence[Detail] = ()
    reason: str = ""
    dot: str = ""
    # The icon beside `who`.
    sign: str = "person"


def rows_of(round: Round) -> QuerySet[Any, Any]:
    """What there is to tell of the round, as ids for `told`, the newest first: it can be counted and cut into pages."""
    acts = Transition.objects.acts().filter(round=round).order_by()
    lines = Correction.objects.filter(round=round).order_by()
    both = [rows.values("at", "pk", source=Value(name)) for name, rows in (("act", acts), ("correction", lines))]
    return both[0].union(both[1], all=True).order_by("-at", "-pk")


def told(rows: Iterable[Mapping[str, Any]], round: Round) -> list[Change]:
    """The rows in words, with times in the neighbourhood's zone. Three statements, however many rows."""
    rows = list(rows)
    acts = _described(Transition.objects.filter(pk__in=_ids(rows, "act")))
    corrections = Correction.objects.filter(pk__in=_ids(rows, "correction"))
    found: dict[tuple[str, int], Change] = {
        ("correction", each.pk): _corrected(each)
        for each in corrections.select_related("by", "stall__producer", "line__offer")
    }
    zone = round.neighbourhood.time_zone
    found |= {("act", each.pk): _changed(each, zone) for each in acts}
    return [found[row["source"], row["pk"]] for row in rows]


def of_stall(stall: Stall) -> list[Change]:
    """What was changed of one farm's part, and where and when it delivers, for the farm. Two statements."""
    moved = Q(round=stall.round_id, stall=None, kind=Kind.MOVED)
    rows = _described(Transition.objects.filter(Q(stall=stall) | moved).order_by("-pk"))
    return [_changed(each, stall.round.neighbourhood.time_zone, farm=False) for each in rows]


def _ids(rows: Iterable[Mapping[str, Any]], source: str) -> list[int]:
    return [row["pk"] for row in rows if row["source"] == source]


def _described(transitions: QuerySet[Transition]) -> QuerySet[Transition]:
    parts = Transition.objects.select_related("stall__producer").order_by("stall__producer__name", "pk")
    return transitions.select_related("by", "stall__producer").prefetch_related(Prefetch("parts", parts))


def _changed(act: Transition, zone: str, *, farm: bool = True) -> Change:
    titles = OF_ROUND if act.stall is None else OF_STALL
    return Change(
        at=act.at,
        who=who(act.by, act.how),
        title=str(titles[act.kind]),
        farm=act.stall.producer.name if act.stall and farm else "",
        details=list(_details(act, zone)),
        reason=act.reason,
        dot=DOTS.get(Kind(act.kind), ""),
        sign=SIGNS.get(How(act.how), "person"),
    )


def who(by: User | None, how: str) -> str:
    """Who did it, by name; or that it came by itself, or by a link that needs no login."""
    if how == How.CLOCK:
        return str(How.CLOCK.label)
    if how == How.LINK and by is None:
        return str(How.LINK.label)
    # Somebody signed in did it; without a name it is somebody whose account is deleted.
    name = str(by or _("somebody who has left"))
    return _("%(name)s, by phone") % {"name": name} if how == How.PHONE else name


def _details(act: Transition, zone: str) -> Iterator[Detail]:
    states = Round.State if act.stall is None else Stall.State
    if act.state_before and act.state_before != act.state_after:
        yield Detail(_("state"), str(states(act.state_before).label), str(states(act.state_after).label))
    for name, label in LABELS.items():
        if name in act.before or name in act.after:
            before, after = (_in_words(name, side.get(name), zone) for side in (act.before, act.after))
            yield Detail(str(label), before, after)
    farms = [part.stall.producer.name for part in act.parts.all() if part.stall]
    if farms:
        yield Detail(_("farms"), "", ", ".join(farms))


def _in_words(name: str, value: Any, zone: str) -> str:
    """A value of `before` or `after` as it is read; nothing where there is none."""
    if not value:
        return ""
    match name:
        case "place":
            return str(value["name"])
        case "minimum_amount":
            return wording.money(Money(Decimal(value["amount"]), value["currency"]))
        case "below_minimum":
            return str(Stall.BelowMinimum(value).label)
        case "minimum_decision":
            return str(Stall.Decision(value).label)
    return wording.moment(datetime.fromisoformat(value), zone)


def _corrected(correction: Correction) -> Change:
    line = correction.line
    details = []
    if line is not None:
        before, after = (wording.quantity(Decimal(side["quantity"])) for side in (correction.before, correction.after))
        details = [Detail(line.offer.name, before, after)]
    return Change(
        at=correction.at,
        # Nobody where a household withdrew by the link in its mail.
        who=str(correction.by or ""),
        title=" · ".join(filter(None, (capfirst(correction.get_kind_display()), correction.get_cause_display()))),
        farm=correction.stall.producer.name if correction.stall else "",
        details=details,
        reason=correction.reason,
    )
