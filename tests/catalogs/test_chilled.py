"""What travels in a cool bag."""

from __future__ import annotations

import pytest

from catalogs.models import Product


@pytest.mark.parametrize("category", ["dairy", "meat", "fish"])
def test_some_categories_always_do(category: str) -> None:
    assert Product(category=category).chilled


@pytest.mark.parametrize(
    "storage",
    [
        "Entre 0 et 4 °C",
        "à 8°C au plus",
        "-18 °C",
        "À - 18 °C",
        "Au réfrigérateur",
        "Keep in the fridge",
        "In frigorifero",
    ],
)
def test_so_does_what_is_stored_cool(storage: str) -> None:
    assert Product(category="grocery", storage=storage).chilled


@pytest.mark.parametrize(
    "storage",
    ["", "Au sec, à l'abri de la lumière", "entre 12 et 18 °C", "12 - 18 °C", "12-18 °C", "20,5 °C", "au frais"],
)
def test_other_storage_does_not(storage: str) -> None:
    assert not Product(category="grocery", storage=storage).chilled
