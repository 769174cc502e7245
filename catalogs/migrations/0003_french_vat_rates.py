"""The French VAT rates that concern what farms sell, in force since 1 January 2014 (CGI art. 278, 278-0 bis, 278 bis)."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.db import migrations

RATES = [
    ("0", "sellers without VAT (franchise en base, flat-rate compensation)"),
    ("5.5", "human food, non-alcoholic drinks, food plants"),
    ("10", "food for immediate eating, ornamental plants, firewood"),
    ("20", "alcohol, confectionery, most chocolate, margarine, and all else"),
]


def add(apps, schema_editor):
    VatRate = apps.get_model("catalogs", "VatRate")
    for percent, applies_to in RATES:
        VatRate.objects.get_or_create(
            country="FR",
            percent=Decimal(percent),
            valid_from=date(2014, 1, 1),
            defaults={"applies_to": applies_to},
        )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalogs", "0002_append_only")]

    operations: ClassVar = [migrations.RunPython(add, migrations.RunPython.noop)]
