from __future__ import annotations

from datetime import date, timedelta

import pytest

from catalogs import labels
from catalogs.models import Label, Product
from producers.models import Certificate

TODAY = date(2026, 11, 26)
CHEESE = Product(name="Tomme", category="dairy", labels=["farmhouse", "organic"])


def a_certificate(*scope: str, days: int = 30, begun: int | None = None) -> Certificate:
    valid_from = None if begun is None else TODAY - timedelta(days=begun)
    return Certificate(scope=list(scope), valid_from=valid_from, expires_on=TODAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("certificates", "leaf"),
    [
        ([], False),
        ([a_certificate()], True),
        ([a_certificate("dairy", "meat")], True),
        ([a_certificate("vegetables")], False),
        ([a_certificate(days=0)], True),
        ([a_certificate(days=-1)], False),
        ([a_certificate(begun=0)], True),
        ([a_certificate(begun=-1)], False),
        ([a_certificate("vegetables"), a_certificate(days=-1), a_certificate("dairy")], True),
    ],
)
def test_the_leaf_shows_only_while_a_certificate_covers_it(certificates: list[Certificate], leaf: bool) -> None:
    shown = labels.shown(CHEESE, certificates, TODAY)
    assert shown == ([Label.ORGANIC, Label.FARMHOUSE] if leaf else [Label.FARMHOUSE])
    assert labels.awaits_certificate(CHEESE, certificates, TODAY) is not leaf


def test_in_conversion_is_a_label_of_its_own_and_never_a_leaf() -> None:
    both = Product(name="Tomme", category="dairy", labels=["organic", "in_conversion"])
    assert labels.shown(both, [a_certificate()], TODAY) == [Label.IN_CONVERSION]
    assert labels.shown(both, [], TODAY) == [Label.IN_CONVERSION]
