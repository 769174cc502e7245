"""The sign-off sheet of a round: each household's crate from all farms, what is due to each, a box to sign."""

from __future__ import annotations

from typing import Any

from cagette.money import Price
from deliveries import reasons
from deliveries.models import SignOffSheet
from deliveries.pick_lists import moved_from, plain
from orders.due import Due, Taken, in_all, to_farm
from orders.models import OrderLine, Round, Stall
from orders.models.ordering import counted
from orders.rounds import round_facts


def freeze(round: Round, *, reason: str = "") -> SignOffSheet:
    """Write the round's next sign-off sheet from what its closed stalls allocated. Call it with the round locked."""
    last = round.sign_off_sheets.order_by("-revision").first()
    return SignOffSheet.objects.create(
        round=round,
        revision=last.revision + 1 if last else 1,
        rows=_rows(round, before=last, reason=reason),
        reason=reason,
    )


def _rows(round: Round, *, before: SignOffSheet | None, reason: str) -> dict[str, Any]:
    lines = (
        OrderLine.objects.filter(order__round=round, offer__stall__state=Stall.State.CLOSED)
        .annotate(counts=counted())
        .filter(counts__gt=0)
        .order_by(
            "order__household__pick_up_number", "offer__stall__producer__name", "offer__stall_id",
            "offer__position", "offer_id",
        )
        .values_list(
            "pk", "order__household__pick_up_number", "order__household__name", "order__household__phone",
            "order__household__kind", "offer__stall_id", "offer__stall__producer__name", "offer__name",
            "offer__content", "offer__content_unit", "offer__unit", "offer__weighed", "counts", *OrderLine.PRICED,
        )
    )  # fmt: skip
    households: dict[int, dict[str, Any]] = {}
    taken: dict[tuple[int, int], list[Taken]] = {}
    names: dict[int, str] = {}
    why = reasons.of_lines(OrderLine.objects.filter(order__round=round))
    for (
        pk, number, name, phone, kind, stall_id, producer, good, content, measure, unit, weighed, quantity, *price,
    ) in lines:  # fmt: skip
        household = households.setdefault(
            number,
            {"number": number, "name": name, "phone": phone, "professional": kind == "professional", "farms": {}},
        )
        farm = household["farms"].setdefault(stall_id, {"producer": producer, "lines": []})
        farm["lines"].append(
            {
                "name": good,
                "content": f"{plain(content)} {measure}" if content else "",
                "unit": unit,
                "quantity": plain(quantity),
                "weighed": weighed,
            }
            | {key: why[pk][key] for key in ("ordered", "why") if pk in why}
        )
        names[stall_id] = producer
        taken.setdefault((number, stall_id), []).append(Taken(Price(*price), quantity))
    dues = {key: to_farm(of_farm, round.currency, net=False) for key, of_farm in taken.items()}
    by_household, by_farm = _sums(dues, 0, round.currency), _sums(dues, 1, round.currency)
    for number, household in households.items():
        household["farms"] = [farm | dues[number, pk].frozen for pk, farm in household["farms"].items()]
        household |= by_household[number].frozen
    facts = round_facts(round)
    return facts | {
        "households": list(households.values()),
        "totals": {"households": len(households)}
        | in_all(dues.values(), round.currency).frozen
        | {"farms": [{"producer": names[pk]} | due.frozen for pk, due in by_farm.items()]},
        "replaces": before.revision if before else None,
        "was": moved_from(facts, before.rows) if before else None,
        "reason": reason,
    }


def _sums(dues: dict[tuple[int, int], Due], by: int, currency: str) -> dict[int, Due]:
    """The sums per household (0) or per farm (1) of what is due by both."""
    found: dict[int, Due] = {}
    for key, due in dues.items():
        found[key[by]] = found.get(key[by], Due(currency)) + due
    return found
