from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("producers", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="producer",
            name="payment_means",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("cash", "cash"),
                        ("cheque", "cheque"),
                        ("transfer", "bank transfer"),
                        ("card", "bank card"),
                        ("local_currency", "local currency"),
                    ],
                    max_length=20,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="means of payment",
            ),
        ),
        # Who gave an IBAN was told that buyers can pay by transfer.
        migrations.RunSQL(
            "UPDATE producers_producer SET payment_means = '{transfer}' WHERE iban <> ''", migrations.RunSQL.noop
        ),
        migrations.AddConstraint(
            model_name="producer",
            constraint=models.CheckConstraint(
                condition=models.Q(("payment_means__contains", ["transfer"]), _negated=True)
                | models.Q(("iban", ""), _negated=True),
                name="producer_transfers_go_to_an_iban",
                violation_error_message="Who is paid by transfer has an IBAN.",
            ),
        ),
    ]
