from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0002_append_only")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="round",
            name="latecomers",
            field=models.CharField(blank=True, max_length=300, verbose_name="for latecomers"),
        ),
    ]
