from typing import ClassVar

from django.db import migrations, models

# Rounds that are open already opened before there were such mails: their members know.
TOLD = "UPDATE orders_round SET announced_at = opens_at WHERE state <> 'proposed' AND opens_at <= now()"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0004_notes_and_favourites")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="round",
            name="announced_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="When its members were told that it had opened.", null=True
            ),
        ),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
    ]
