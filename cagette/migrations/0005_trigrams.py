"""Search that doesn't mind a slip of the finger."""

from typing import ClassVar

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cagette", "0004_mail_keys_hold_addresses")]

    operations: ClassVar = [TrigramExtension()]
