"""What leaves the close: pick lists, the sign-off sheet, the corrections that revise them, and who withdrew."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Grant, Order, OrderLine, Round, Stall

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cagette.models import User


class Paper(models.Model):
    """Something to print: rows frozen when it was written, files rendered from them afterwards by a worker.

    The rows never change again (a trigger keeps them); a correction writes the next revision.
    """

    revision = models.PositiveIntegerField(default=1)
    rows = models.JSONField(help_text="Everything the files show, frozen.")
    reason = models.CharField(max_length=500, blank=True, help_text="What this revision corrects.")
    created_at = models.DateTimeField(default=timezone.now)
    pdf_name = models.CharField(max_length=255, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    xlsx_name = models.CharField(max_length=255, blank=True)
    xlsx_sha256 = models.CharField(max_length=64, blank=True)
    rendered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class PickListQuerySet(models.QuerySet["PickList"]):
    def newest(self) -> Self:
        """The last revision of each stall."""
        newer = PickList.objects.filter(stall=models.OuterRef("stall"), revision__gt=models.OuterRef("revision"))
        return self.filter(~models.Exists(newer))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(stall__in=Stall.objects.visible_to(user))


class PickList(Paper):
    """What one farm prepares for one round."""

    class Channel(models.TextChoices):
        LINK = "link", _("by the link in the mail")
        PAGE = "page", _("on its page")
        PHONE = "phone", _("told by phone")

    stall = models.ForeignKey(Stall, models.PROTECT, related_name="pick_lists")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_how = models.CharField(max_length=10, choices=Channel, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = PickListQuerySet.as_manager()

    class Meta:
        verbose_name = _("pick list")
        ordering: ClassVar = ["stall", "-revision"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stall", "revision"], name="pick_list_revision_once"),
            models.CheckConstraint(
                name="pick_list_rendered_is_stored",
                condition=Q(rendered_at=None) | (~Q(pdf_name="") & ~Q(pdf_sha256="") & ~Q(xlsx_name="")),
            ),
            models.CheckConstraint(
                name="pick_list_acknowledged_somehow",
                condition=Q(acknowledged_at=None, acknowledged_how="")
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_how="")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["id"], name="pick_list_unrendered", condition=Q(rendered_at=None))]

    def __str__(self) -> str:
        return f"{self.stall} ({self.revision})"


class SignOffSheet(Paper):
    """The hand-out sheet of a whole round: each household's crate, what is due to each farm, a box to sign."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="sign_off_sheets")

    class Meta:
        verbose_name = _("sign-off sheet")
        ordering: ClassVar = ["round", "-revision"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "revision"], name="sign_off_sheet_revision_once"),
            models.CheckConstraint(
                name="sign_off_sheet_rendered_is_stored",
                condition=Q(rendered_at=None) | (~Q(pdf_name="") & ~Q(pdf_sha256="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="sign_off_sheet_unrendered", condition=Q(rendered_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.round} ({self.revision})"


class PrintedRecap(models.Model):
    """An order on paper, in a language, as it stood when its household last asked for it.

    It holds names and is made again in a moment, so it is kept for a day only (deliveries/printing.py).
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="printed_recaps")
    language = models.CharField(max_length=5)
    rows = models.JSONField(help_text="Everything the file shows.")
    asked_at = models.DateTimeField(default=timezone.now)
    pdf = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("printed recap")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "language"], name="printed_recap_one_per_language")
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], name="printed_recap_asked"),
            models.Index(fields=["id"], name="printed_recap_unrendered", condition=Q(pdf=None)),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} ({self.language})"


class Correction(models.Model):
    """Who changed a closed round, how and why. Append-only.

    Of a line, `before` and `after` hold what the household had `ordered` (after the close by grants only) and the
    `quantity` that counted, both in the offer's unit; rows of before there was a `cause` hold the quantity alone.
    """

    class Kind(models.TextChoices):
        LINE = "line", _("line corrected")
        LATE = "late", _("more taken after the close")
        # No longer written: `orders.Transition` tells it.
        MOVED = "moved", _("day or place moved")
        DROPPED = "dropped", _("farm called off")
        CANCELLED = "cancelled", _("round called off")

    class Cause(models.TextChoices):
        MISSING = "missing", _("missing: the goods don't exist")
        NOT_WANTED = "not_wanted", _("not wanted: the goods exist")

    round = models.ForeignKey(Round, models.PROTECT, related_name="corrections")
    stall = models.ForeignKey(Stall, models.PROTECT, null=True, blank=True, related_name="corrections")
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, blank=True, related_name="corrections")
    grant = models.ForeignKey(Grant, models.PROTECT, null=True, blank=True, related_name="corrections")
    kind = models.CharField(max_length=10, choices=Kind)
    cause = models.CharField(max_length=10, choices=Cause, default="", db_default="", blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("correction")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class Withdrawal(models.Model):
    """A household has withdrawn from what it bought of things that don't spoil, after their farm had closed.

    Append-only, but for the redaction of who declared it and of the address that got the receipt.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="withdrawals")
    key = models.CharField(max_length=64, help_text="Of the form: declaring it twice is declaring it once.")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), max_length=254)
    handed_out = models.BooleanField(
        help_text="Declared after the pick-up began: the goods go back. Before, they were taken off the pick list."
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("withdrawal")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["order", "key"], name="withdrawal_key_once")]

    def __str__(self) -> str:
        return f"{self.order} {self.at:%Y-%m-%d}"


class WithdrawalLine(models.Model):
    """What was withdrawn from of one line: in the offer's unit, and in euros incl. VAT as the household owed it."""

    withdrawal = models.ForeignKey(Withdrawal, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="withdrawals")
    quantity = models.DecimalField(max_digits=9, decimal_places=3)
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    deposit = models.DecimalField(max_digits=9, decimal_places=2)

    class Meta:
        verbose_name = _("withdrawn line")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["withdrawal", "line"], name="withdrawal_names_a_line_once"),
            models.CheckConstraint(name="withdrawal_of_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} × {self.quantity}"
