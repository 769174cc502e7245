"""What the tests of the sheet share: posting as the page does, and counting what the database was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cagette.models import User
from cagette.money import Basis, Price
from catalogs.models import Catalog
from orders import filling
from orders.models import Household, Offer, Order, OrderLine, Round
from orders.requests import Answer
from tests import cast

# What the script asks for.
JSON = {"Accept": "application/json"}
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def save(
    user: User,
    round: Round,
    household: Household,
    offer: Offer,
    wanted: int | str,
    *,
    seen: int | str = 0,
    tolerance: int | str = 0,
    key: str = "",
) -> Answer:
    return filling.save_change(
        user_id=user.pk,
        round_id=round.pk,
        household_id=household.pk,
        stall_id=offer.stall_id,
        offer_id=offer.pk,
        key=key or str(uuid4()),
        seen=Decimal(seen),
        wanted=Decimal(wanted),
        tolerance=Decimal(tolerance),
    )


def a_change(household: Household, offer: Offer, wanted: object, seen: object = 0, **more: object) -> dict[str, Any]:
    """What the script posts."""
    return {
        "key": str(uuid4()),
        "household": household.pk,
        "stall": offer.stall_id,
        "offer": offer.pk,
        "seen": seen,
        "wanted": wanted,
        **more,
    }


def fields(household: Household, quantities: Mapping[Offer, object], **more: object) -> dict[str, Any]:
    """What the plain form posts, made from what the database holds now."""
    lines = {line.offer_id: line for line in OrderLine.objects.filter(order__household=household)}
    form: dict[str, Any] = {"key": str(uuid4()), "household": household.pk, **more}
    for offer, quantity in quantities.items():
        line = lines.get(offer.pk) or OrderLine(wanted=0, wanted_tolerance=0, quantity=0, tolerance=0)
        price = offer.priced(professional=household.professional)
        form[f"quantity-{offer.pk}"] = quantity
        numbers = [line.wanted, line.wanted_tolerance, line.quantity, line.tolerance]
        form[f"shown-{offer.pk}"] = "/".join(
            [str(offer.stall_id), *(f"{Decimal(number).normalize():f}" for number in numbers), *shown_price(price)]
        )
    return form


def shown_price(price: Price) -> list[str]:
    """The end of a `shown-` field."""
    basis = [price.basis, str(price.vat_rate)] if price.basis == Basis.NET else [price.basis]
    return [f"{price.unit.normalize():f}", *basis]


def line_of(household: Household, offer: Offer) -> OrderLine:
    return OrderLine.objects.get(order__household=household, offer=offer)


def held(household: Household, offer: Offer) -> tuple[object, ...]:
    """wanted, its tolerance, confirmed, its tolerance."""
    line = line_of(household, offer)
    return line.wanted, line.wanted_tolerance, line.quantity, line.tolerance


def facts(*values: object) -> tuple[object, ...]:
    """Side by side, to be compared: decimals with whole numbers too, which type checkers hold for a mistake."""
    return values


def nothing_ordered(household: Household) -> bool:
    return not Order.objects.filter(household=household).confirmed().exists()


@contextmanager
def statements(*, at_most: int) -> Iterator[CaptureQueriesContext]:
    """Fails when the database is asked more. A test's own savepoints stand for BEGIN and COMMIT: they don't count."""
    with CaptureQueriesContext(connection) as asked:
        yield asked
    real = [each["sql"] for each in asked.captured_queries if "SAVEPOINT" not in each["sql"]]
    assert len(real) <= at_most, "\n".join(real)


def a_full_catalog() -> Catalog:
    catalog = cast.a_catalog()
    cast.a_product(catalog, "Tomme", "8.50", stock=Decimal(10), category="dairy", allergens=["milk"])
    cast.a_product(catalog, "Farine", "2.10", unit="kg", step=Decimal("0.5"), minimum=Decimal(1), position=1)
    cast.a_product(catalog, "Jus", "3.20", case_size=Decimal(6), deposit=Decimal("0.30"), position=2)
    cast.a_weighed_product(catalog, "Truite", position=3)
    return catalog


def page_of(round: Round) -> str:
    return reverse("orders:round", args=[round.pk])


def change_of(round: Round) -> str:
    return reverse("orders:change", args=[round.pk])


def text_of(response: Any) -> str:
    """The page's text in one line, without tags, its spaces plain."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " "))
