"""A product has a deposit exactly when it names what is given back, and then the very amount of it.

The foreign key on both columns also keeps the amount of a returnable from changing once a product names it.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

AGREE = [
    "ALTER TABLE catalogs_returnable ADD CONSTRAINT returnable_with_its_amount UNIQUE (id, amount)",
    "ALTER TABLE catalogs_product ADD CONSTRAINT product_deposit_is_its_amount"
    " FOREIGN KEY (returnable_id, deposit) REFERENCES catalogs_returnable (id, amount)",
]
UNDO = [
    "ALTER TABLE catalogs_product DROP CONSTRAINT product_deposit_is_its_amount",
    "ALTER TABLE catalogs_returnable DROP CONSTRAINT returnable_with_its_amount",
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalogs", "0006_returnables_of_products")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="product",
            name="returnable",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="catalogs.returnable",
                verbose_name="to give back",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(deposit=0, returnable=None), models.Q(deposit__gt=0, returnable__isnull=False), _connector="OR"),
                name="product_deposit_of_a_returnable",
            ),
        ),
        migrations.RunSQL(AGREE, UNDO),
    ]
