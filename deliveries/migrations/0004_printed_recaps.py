from typing import ClassVar

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("deliveries", "0003_frozen_papers"), ("orders", "0003_latecomers")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="PrintedRecap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=5)),
                ("rows", models.JSONField(help_text="Everything the file shows.")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("pdf", models.BinaryField(null=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="printed_recaps", to="orders.order"
                    ),
                ),
            ],
            options={
                "verbose_name": "printed recap",
                "indexes": [
                    models.Index(fields=["asked_at"], name="printed_recap_asked"),
                    models.Index(fields=["id"], name="printed_recap_unrendered", condition=models.Q(("pdf", None))),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "language"), name="printed_recap_one_per_language")
                ],
            },
        ),
    ]
