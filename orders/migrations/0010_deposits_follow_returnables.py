"""An offer has a deposit exactly when it names what is given back, and then the very amount of it."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0009_returnables_of_offers_and_lines")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="offer",
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
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(deposit=0, returnable=None),
                    models.Q(deposit__gt=0, returnable__isnull=False),
                    _connector="OR",
                ),
                name="offer_deposit_of_a_returnable",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE orders_offer ADD CONSTRAINT offer_deposit_is_its_amount"
            " FOREIGN KEY (returnable_id, deposit) REFERENCES catalogs_returnable (id, amount)",
            "ALTER TABLE orders_offer DROP CONSTRAINT offer_deposit_is_its_amount",
        ),
    ]
