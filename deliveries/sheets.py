"""The sign-off sheet of a round: each household's crate from all farms, what is due to each, a box to sign."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from cagette.money import ZERO, line_amount
from deliveries.models import SignOffSheet
from deliveries.pick_lists import moved_from, plain
from orders.models import OrderLine, Round, Stall
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
        .annotate(given=Coalesce(F("allocated"), F("quantity")))
        .filter(given__gt=0)
        .order_by(
            "order__household__pick_up_number", "offer__stall__producer__name", "offer__stall_id",
            "offer__position", "offer_id",
        )
        .values_list(
            "order__household__pick_up_number", "order__household__name", "order__household__phone",
            "order__household__kind", "offer__stall_id", "offer__stall__producer__name", "offer__name",
            "offer__content", "offer__content_unit", "offer__unit", "offer__weighed", "given", "unit_price", "deposit",
        )
    )  # fmt: skip
    households: dict[int, dict[str, Any]] = {}
    farms: dict[int, dict[str, Any]] = {}
    for (
        number,
        name,
        phone,
        kind,
        stall_id,
        producer,
        good,
        content,
        measure,
        unit,
        weighed,
        given,
        price,
        deposit,
    ) in lines:
        household = households.setdefault(
            number,
            {"number": number, "name": name, "phone": phone, "professional": kind == "professional", "farms": {},
             "amount": ZERO, "deposit": ZERO},
        )  # fmt: skip
        farm = household["farms"].setdefault(
            stall_id, {"producer": producer, "lines": [], "amount": ZERO, "deposit": ZERO}
        )
        total = farms.setdefault(stall_id, {"producer": producer, "amount": ZERO, "deposit": ZERO})
        farm["lines"].append(
            {
                "name": good,
                "content": f"{plain(content)} {measure}" if content else "",
                "unit": unit,
                "quantity": plain(given),
                "weighed": weighed,
            }
        )
        assert price is not None and deposit is not None  # confirmed, as the constraint on lines says
        for due in (household, farm, total):
            due["amount"] += line_amount(given, price)
            due["deposit"] += line_amount(given, deposit)
    amount = sum((farm["amount"] for farm in farms.values()), ZERO)
    deposit_due = sum((farm["deposit"] for farm in farms.values()), ZERO)
    facts = round_facts(round)
    return facts | {
        "households": [
            _said(household | {"farms": [_said(farm) for farm in household["farms"].values()]})
            for household in households.values()
        ],
        "totals": {
            "households": len(households),
            "amount": str(amount),
            "deposit": str(deposit_due),
            "farms": [_said(farm) for farm in farms.values()],
        },
        "replaces": before.revision if before else None,
        "was": moved_from(facts, before.rows) if before else None,
        "reason": reason,
    }


def _said(sums: dict[str, Any]) -> dict[str, Any]:
    """The same with its decimals as strings, as JSON keeps them."""
    return {key: str(value) if isinstance(value, Decimal) else value for key, value in sums.items()}
