"""What is due, as the bills of the checkout it runs in say: `python - TO < due.py`.

Writes plain rows to TO, deposits in them: `order ID CENTS` and `farm ORDER PRODUCER CENTS` by the bills, and
`desk ROUND PRODUCER CENTS` as the database sums it up for coordinators. It runs in the version before and in this one:
`cents_due` alone knows how either gives its amounts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

django.setup()

from deliveries import coordination
from orders import bill
from orders.models import Order, Round

AT_ONCE = 500


def cents_due(account: Any) -> int:
    """What is due by a bill, one of its farms, or a farm on a coordinator's desk, deposits in it."""
    if hasattr(account, "due"):
        due = getattr(account.due, "due", account.due).amount.amount
    else:
        # The version before.
        due = account.amount + account.deposit
    if due * 100 != int(due * 100):
        raise ValueError(f"{due} isn't rounded to the cent.")
    return int(due * 100)


def by_bills() -> Iterator[str]:
    last = 0
    orders = Order.objects.select_related("round__neighbourhood", "household").order_by("pk")
    while found := list(orders.filter(pk__gt=last)[:AT_ONCE]):
        for each in bill.of_orders(found):
            yield f"order {each.order.pk} {cents_due(each)}\n"
            for farm in each.farms:
                yield f"farm {each.order.pk} {farm.stall.producer_id} {cents_due(farm)}\n"
        last = found[-1].pk


def by_desks() -> Iterator[str]:
    for round in Round.objects.order_by("pk"):
        for farm in coordination.farms_of(round):
            yield f"desk {round.pk} {farm.stall.producer_id} {cents_due(farm)}\n"


with Path(sys.argv[1]).open("w") as file:
    file.writelines(by_bills())
    file.writelines(by_desks())
