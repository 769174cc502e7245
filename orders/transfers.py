"""Paying a farm by bank transfer: what to write on it, and the QR code that banks' apps fill it in from."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from django.utils.safestring import SafeString, mark_safe
from segno import helpers

from cagette.money import EUR, Money
from orders.models import Order
from producers.models import Producer

# EPC069-12: the longest name and text that such a code holds.
LONGEST_NAME = 70
LONGEST_TEXT = 140


def reference(order: Order) -> str:
    """What the farm knows the payment by: `Cagette 1234 no 7 Ferrand`, in the letters that every bank takes."""
    household = order.household
    letters = unicodedata.normalize("NFKD", f"Cagette {order.pk} no {household.pick_up_number} {household.name}")
    kept = (letter if letter.isalnum() or letter in "/-?:().,'+" else " " for letter in letters if letter.isascii())
    return " ".join("".join(kept).split())[:LONGEST_TEXT]


# The countries whose accounts the European Payments Council's transfers reach.
SEPA = frozenset({
    "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HR", "HU",
    "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE",
    "SI", "SK", "SM", "VA",
})  # fmt: skip


def takes_code(producer: Producer, amount: Money) -> bool:
    """Whether a code can say this transfer: it knows euros alone, between accounts in the SEPA."""
    return amount.currency.code == EUR and producer.iban[:2] in SEPA


def qr_code(producer: Producer, amount: Decimal, text: str) -> SafeString:
    """An SVG of the transfer of `amount` euros to the farm (EPC069-12), to stand in a page."""
    code = helpers.make_epc_qr(
        name=producer.payee[:LONGEST_NAME],
        iban=producer.iban,
        amount=amount,
        text=text,
        bic=producer.bic or None,
        encoding="utf-8",
    )
    drawn: str = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    # What people typed is in the squares only.
    return mark_safe(drawn)
