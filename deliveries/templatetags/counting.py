"""`{% load counting %}`: deliveries.counting for templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template

from cagette import wording
from deliveries import counting
from orders.due import Due
from orders.models import Stall
from producers.paying import ways_to_pay

register = template.Library()


@register.filter
def counted(amount: str, unit: str) -> str:
    return counting.counted(amount, unit)


@register.filter
def named(line: dict[str, Any]) -> str:
    """The name of a frozen line, with its content."""
    return counting.named(line["name"], line.get("content") or "")


@register.filter
def cases(product: dict[str, Any]) -> str:
    """`2 colis de 6`, or nothing for what is counted singly; of an offer with several rows, for all of them."""
    quantity = product.get("in_all") or product["quantity"]
    return counting.cases(quantity, product["case_size"]) if product["case_size"] else ""


@register.filter
def due(account: dict[str, Any], currency: str) -> str:
    """What is to be paid by a frozen account, deposits in it; `≈` where the scales decide."""
    return Due.thawed(account, currency).about


@register.filter
def vat(account: dict[str, Any], currency: str) -> str:
    """What a professional's account is without VAT, and the VAT per rate; nothing for households."""
    return Due.thawed(account, currency).vat_words


@register.filter
def positive(amount: str | None) -> bool:
    return bool(amount) and Decimal(amount or 0) > 0


@register.filter
def owes(account: dict[str, Any]) -> bool:
    """Whether anything is due by a frozen account."""
    return Decimal(account["amount"]) + Decimal(account.get("deposit") or 0) > 0


@register.filter
def ways(farm: dict[str, Any]) -> str:
    """How the farm is paid, as `producers.paying` says it; nothing where it wasn't written down."""
    return ways_to_pay(farm["means"], farm["payee"]) if "means" in farm else ""


@register.filter
def by_transfer(farm: dict[str, Any]) -> bool:
    return bool(farm.get("iban"))


@register.filter
def ceiling(account: dict[str, Any], currency: str) -> str:
    """The most that can become of what is due; nothing where it is exact."""
    thawed = Due.thawed(account, currency)
    return "" if thawed.exact else wording.money(thawed.at_most)


@register.filter
def chilled(farms: list[dict[str, Any]]) -> list[str]:
    """What of it travels in a cool bag, by name."""
    lines = (line for farm in farms for line in farm["lines"])
    return list(dict.fromkeys(line["name"] for line in lines if line.get("chilled") and Decimal(line["quantity"])))


@register.filter
def share(line: dict[str, Any]) -> str:
    """What the close made of a confirmed line: "less", "more", or nothing when it is all there."""
    given, confirmed = Decimal(line["quantity"]), Decimal(line["confirmed"])
    return "less" if given < confirmed else "more" if given > confirmed else ""


@register.filter
def stall_state(state: str) -> str:
    return str(Stall.State(state).label)


@register.filter
def any_weighed(farms: list[dict[str, Any]]) -> bool:
    return any(line["weighed"] for farm in farms for line in farm["lines"])
