from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.keys import KEY_LENGTH
from catalogs.models.catalogs import Catalog
from catalogs.models.products import Product


class EditRequest(models.Model):
    """The answer a key once got in a catalog: the same key gets it again, refusals too, and changes nothing.

    Append-only, but for the person.
    """

    catalog = models.ForeignKey(Catalog, models.PROTECT, related_name="edit_requests")
    key = models.CharField(max_length=KEY_LENGTH)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("edit request")
        constraints: ClassVar = [models.UniqueConstraint(fields=["catalog", "key"], name="edit_request_key_once")]

    def __str__(self) -> str:
        return self.key


class CatalogEdit(models.Model):
    """Who changed what in a catalog. Append-only: a trigger refuses UPDATE and DELETE.

    Every writer of a catalog holds its row (`catalogs.locks`): within a catalog the ids are in the order of the
    commits, and the edits after a known one are all that has happened since.
    """

    class Source(models.TextChoices):
        FORM = "form", _("form")
        IMPORT = "import", _("import")
        ADMIN = "admin", _("admin")

    catalog = models.ForeignKey(Catalog, models.PROTECT, related_name="edits")
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="edits")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    field = models.CharField(max_length=40, help_text="Empty when the whole product was added.")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    source = models.CharField(max_length=10, choices=Source)
    request = models.ForeignKey(
        EditRequest, models.PROTECT, null=True, related_name="edits", help_text="Empty on edits from before there were."
    )
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="undone_by", help_text="The edit that this one takes back."
    )

    class Meta:
        verbose_name = _("catalogue edit")
        indexes: ClassVar = [models.Index(fields=["catalog", "-id"], name="catalog_edit_newest")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.field}"
