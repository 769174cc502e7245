"""Which labels of a product or an offer may be shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from catalogs.models import Label
from catalogs.models.products import Goods
from producers.models import Certificate


def shown(goods: Goods, certificates: Iterable[Certificate], on: date) -> list[Label]:
    """The labels to show for `goods` on a day, in the order of `Label`, given its farm's certificates (fetched once).

    The organic leaf shows only while a certificate in whose scope the category lies is valid. "In conversion" is a
    label of its own, and never stands beside the leaf.
    """
    labels = [label for label in Label if label in goods.labels]
    if Label.ORGANIC in labels and (Label.IN_CONVERSION in labels or not certified(goods, certificates, on)):
        labels.remove(Label.ORGANIC)
    return labels


def awaits_certificate(goods: Goods, certificates: Iterable[Certificate], on: date) -> bool:
    """Whether the farm says organic without a certificate that shows it."""
    return Label.ORGANIC in goods.labels and not certified(goods, certificates, on)


def certified(goods: Goods, certificates: Iterable[Certificate], on: date) -> bool:
    return any(certificate.covers(goods.category, on) for certificate in certificates)
