"""How a farm is paid, in words, and what it may say of it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.utils import translation

from producers.models import Producer
from producers.paying import ways_to_pay
from tests import cast


@pytest.mark.parametrize(
    ("means", "words"),
    [
        ([], "cash (the farm hasn't said what else it takes)"),
        (["card"], "bank card"),
        (["cheque", "cash"], "cash or cheque to the order of EARL du Lac"),
        (["local_currency", "transfer", "cash"], "cash, bank transfer or local currency"),
    ],
)
def test_the_ways_to_pay_read_in_one_order(means: list[str], words: str) -> None:
    farm = Producer(name="Lac", legal_name="EARL du Lac", payment_means=means)
    with translation.override("en"):
        assert farm.ways_to_pay == words == ways_to_pay(means, "EARL du Lac")


def test_cheques_are_made_out_to_the_accounts_holder_first() -> None:
    farm = Producer(name="Lac", legal_name="EARL du Lac", iban_holder="EARL DU LAC")
    assert [farm.payee, Producer(name="Lac", legal_name="EARL").payee, Producer(name="Lac").payee] == [
        "EARL DU LAC",
        "EARL",
        "Lac",
    ]


@pytest.mark.django_db
def test_transfers_need_an_account() -> None:
    with pytest.raises(IntegrityError, match="producer_transfers_go_to_an_iban"):
        cast.a_producer(payment_means=["cash", "transfer"])
