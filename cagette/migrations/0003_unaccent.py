"""Search that doesn't mind accents."""

from typing import ClassVar

from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cagette", "0002_append_only")]

    operations: ClassVar = [UnaccentExtension()]
