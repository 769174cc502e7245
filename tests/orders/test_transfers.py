"""What stands on a bank transfer to a farm."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orders import transfers
from orders.models import Household, Order
from producers.models import Producer

FARM = Producer(name="Chèvrerie", iban="FR7630006000011234567890189", iban_holder="EARL DU LAC")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ferrand", "Cagette 84 no 7 Ferrand"),
        ("Œuvrard & Fils « l'Été »", "Cagette 84 no 7 uvrard Fils l'Ete"),
        ("张伟", "Cagette 84 no 7"),
        ("x" * 120, f"Cagette 84 no 7 {'x' * 120}"),
        ("x" * 200, f"Cagette 84 no 7 {'x' * 124}"),
    ],
)
def test_the_reference_is_in_letters_that_every_bank_takes(name: str, letters: str) -> None:
    assert transfers.reference(Order(pk=84, household=Household(name=name, pick_up_number=7))) == letters


def test_the_code_is_a_drawing_that_the_pages_policy_allows() -> None:
    drawn = transfers.qr_code(FARM, Decimal("19.20"), "Cagette 84 no 7 Ferrand")
    assert drawn.startswith('<svg viewBox="0 0 ')
    assert "style" not in drawn and "script" not in drawn


def test_another_amount_is_another_code() -> None:
    drawn = {transfers.qr_code(FARM, Decimal(amount), "x") for amount in ("0.01", "19.20", "19.21", "1234.50")}
    assert len(drawn) == 4
