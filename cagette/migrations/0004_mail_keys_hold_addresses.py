from django.db import migrations, models


class Migration(migrations.Migration):
    """A key holds the address, which may have 254 characters: a longer one than expected kept a stall from closing."""

    dependencies = [
        ("cagette", "0003_unaccent"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outgoingmail",
            name="key",
            field=models.CharField(max_length=400, unique=True),
        ),
    ]
