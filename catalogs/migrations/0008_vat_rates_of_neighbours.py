"""The VAT rates of Italy and Switzerland that concern what farms sell, and which rate most food bears in each country.

Italy: DPR 633/1972, table A (4, 5 and 10 %), 22 % since 1 October 2013; 5 % since 1 January 2016.
Switzerland: LTVA art. 25, 2.6 and 8.1 % since 1 January 2024.
"""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.db import migrations, models

NO_VAT = "sellers without VAT"
RATES = [
    ("IT", "0", date(2013, 10, 1), NO_VAT),
    ("IT", "4", date(2013, 10, 1), "vegetables, fruit, bread, flour, milk, fresh cheese, butter, oil"),
    ("IT", "5", date(2016, 1, 1), "fresh basil, rosemary, sage and oregano for eating"),
    ("IT", "10", date(2013, 10, 1), "meat, fish, eggs, honey, jams, and other food"),
    ("IT", "22", date(2013, 10, 1), "wine, alcohol, and all else"),
    ("CH", "0", date(2024, 1, 1), NO_VAT),
    ("CH", "2.6", date(2024, 1, 1), "food, non-alcoholic drinks, plants"),
    ("CH", "8.1", date(2024, 1, 1), "alcohol, and all else"),
]
USUAL = {"FR": "5.5", "IT": "4", "CH": "2.6"}


def add(apps, schema_editor):
    VatRate = apps.get_model("catalogs", "VatRate")
    for country, percent, since, applies_to in RATES:
        VatRate.objects.get_or_create(
            country=country, percent=Decimal(percent), valid_from=since, defaults={"applies_to": applies_to}
        )
    for country, percent in USUAL.items():
        VatRate.objects.filter(country=country, percent=Decimal(percent), valid_until=None).update(usual=True)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalogs", "0007_deposits_follow_returnables")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="vatrate",
            name="usual",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="What most food bears in this country: new products begin with it.",
                verbose_name="usual",
            ),
        ),
        migrations.AlterField(
            model_name="vatrate",
            name="country",
            field=models.CharField(
                choices=[("FR", "France"), ("IT", "Italy"), ("CH", "Switzerland")],
                default="FR",
                max_length=2,
                verbose_name="country",
            ),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="vatrate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("usual", True), ("valid_until", None)),
                fields=("country",),
                name="vat_rate_one_usual_per_country",
            ),
        ),
    ]
