"""What stands on a bank transfer to a farm."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cagette.money import Money
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


@pytest.mark.parametrize(
    ("iban", "currency", "takes"),
    [
        ("FR7630006000011234567890189", "EUR", True),
        ("CH9300762011623852957", "EUR", True),
        ("CH9300762011623852957", "CHF", False),
        ("TR330006100519786457841326", "EUR", False),
    ],
)
def test_only_a_transfer_of_euros_within_the_sepa_has_a_code(iban: str, currency: str, takes: bool) -> None:
    assert transfers.takes_code(Producer(name="Ferme", iban=iban), Money("19.20", currency)) is takes
