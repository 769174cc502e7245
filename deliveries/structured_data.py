"""What a farm's page says to search engines (schema.org, as JSON-LD): who it is, and what it sells at which price."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from catalogs.models import Category
from catalogs.showing import Shown
from producers.models import Producer

# Search engines read no longer lists.
MOST_OFFERS = 100
# A script element ends at the first "</script", wherever it stands; JSON writes these signs by their numbers, too.
ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def of_farm(producer: Producer, shown: Sequence[Shown]) -> SafeString:
    """The text of a `<script type="application/ld+json">`, which is data: no policy has to allow it."""
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LocalBusiness",
        "name": producer.name,
        "url": settings.SITE_URL + reverse("producers:detail", args=[producer.slug]),
        "description": producer.story,
        "legalName": producer.legal_name,
        "image": settings.SITE_URL + producer.photo.url if producer.photo else "",
        "address": _told(
            {
                "@type": "PostalAddress",
                "streetAddress": producer.address,
                "addressLocality": producer.commune,
                "addressCountry": producer.country if producer.address or producer.commune else "",
            }
        ),
        "geo": producer.latitude is not None
        and producer.longitude is not None
        and {
            "@type": "GeoCoordinates",
            "latitude": float(producer.latitude),
            "longitude": float(producer.longitude),
        },
        "makesOffer": [_offer(each) for each in shown[:MOST_OFFERS]],
    }
    return mark_safe(json.dumps(_told(facts), ensure_ascii=False).translate(ESCAPED))


def _offer(shown: Shown) -> dict[str, Any]:
    product = shown.product
    item = {
        "@type": "Product",
        "name": product.name,
        "description": product.description,
        "category": str(Category(product.category).label),
        "image": settings.SITE_URL + product.photo.url if product.photo else "",
    }
    price, per = (product.price_per_kg, "KGM") if product.weighed else (product.price, "")
    return {
        "@type": "Offer",
        "itemOffered": _told(item),
        "priceSpecification": _price(price, product.catalog.currency, per),
    }


def _price(price: Decimal | None, currency: str, per: str) -> dict[str, Any]:
    """`per` is UN/CEFACT's code of the unit, if it isn't the piece."""
    return _told(
        {
            "@type": "UnitPriceSpecification",
            "price": str(price),
            "priceCurrency": currency,
            "valueAddedTaxIncluded": True,
            "unitCode": per,
        }
    )


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """Without what isn't known; nothing at all where only the type is."""
    known = {name: value for name, value in facts.items() if value}
    return known if known.keys() - {"@type"} else {}
