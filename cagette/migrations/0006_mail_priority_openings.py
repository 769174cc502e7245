from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cagette", "0005_trigrams")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="outgoingmail",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (0, "sign-in code"),
                    (10, "pick list"),
                    (20, "change to a round"),
                    (30, "recap"),
                    (40, "reminder"),
                    (50, "opening"),
                ]
            ),
        ),
    ]
