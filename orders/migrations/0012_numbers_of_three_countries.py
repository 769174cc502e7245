"""Make room for the numbers of Italian and Swiss professionals; what is there stays."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies: ClassVar = [
        ('orders', '0011_grants'),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name='household',
            name='siren',
            field=models.CharField(blank=True, max_length=16, verbose_name='number of the business'),
        ),
    ]
