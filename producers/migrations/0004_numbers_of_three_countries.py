"""Make room for the numbers of Italian and Swiss businesses; what is there stays."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies: ClassVar = [
        ('producers', '0003_country'),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name='producer',
            name='siren',
            field=models.CharField(blank=True, max_length=15, verbose_name='number of the business'),
        ),
    ]
