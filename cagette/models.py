"""What everything rests on: the people who sign in, and the mail that leaves."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    FRENCH = "fr", "Français"
    ENGLISH = "en", "English"
    ITALIAN = "it", "Italiano"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in. The e-mail is the login; people who leave are scrubbed, never deleted."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.FRENCH)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    scrubbed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        constraints: ClassVar = [
            models.CheckConstraint(name="user_email_in_lower_case", condition=models.Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        if self.scrubbed_at is not None:
            return gettext("somebody who has left")
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """The first name. Who gave the household's name, as in "Les Ferrand", keeps all of it."""
        first = self.name.split(" ")[0]
        return self.name if len(first) <= len("Les") else first


PRINTING_TIME = timedelta(minutes=2)


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def unfinished(self) -> Self:
        return self.filter(sent_at=None, failed_at=None, superseded_at=None)

    def claimable(self) -> Self:
        """Due now by the database's clock and with every attachment ready, most urgent first.

        While a pick list is being printed, what is less urgent lets it pass, for two minutes at most: sending a
        thousand recaps would take the printers' time, and farms wait for their lists.
        """
        unready = MailAttachment.objects.filter(mail=models.OuterRef("pk"), ready_at=None)
        pick_list = OutgoingMail.Priority.PICK_LIST
        printing = OutgoingMail.objects.unfinished().filter(
            priority=pick_list, created_at__gt=Now() - PRINTING_TIME, attachments__ready_at=None
        )
        due = self.unfinished().filter(~models.Exists(unready), next_attempt_at__lte=Now())
        return due.filter(models.Q(priority__lte=pick_list) | ~models.Exists(printing)).order_by("priority", "pk")

    def about(self, thing: str) -> Self:
        return self.filter(about=thing)


class OutgoingMail(models.Model):
    """A mail is a row first: written with what it tells of, in the same transaction, and sent after the commit.

    Only `data` is kept, the text is rendered from it when it is sent (or shown to staff), so a second attempt says
    the same under the same Message-ID.
    """

    class Priority(models.IntegerChoices):
        CODE = 0, _("sign-in code")
        PICK_LIST = 10, _("pick list")
        NEWS = 20, _("change to a round")
        RECAP = 30, _("recap")
        REMINDER = 40, _("reminder")
        OPENING = 50, _("opening")

    # Most hold an address, and those may have 254 characters.
    key = models.CharField(max_length=400, unique=True)
    about = models.CharField(max_length=80, blank=True, help_text="What it belongs to, such as round:12.")
    priority = models.PositiveSmallIntegerField(choices=Priority)
    template = models.CharField(max_length=120, help_text="Name without its ending, such as deliveries/mail/pick_list.")
    data = models.JSONField(default=dict)
    language = models.CharField(max_length=5, choices=Language, default=Language.FRENCH)
    recipient = models.EmailField(max_length=254)
    asked_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Who had it sent again, or had people reminded; nobody where it was written by itself.",
    )
    secret = models.BooleanField(default=False, help_text="The body is never shown, and is erased once sent.")
    message_id = models.CharField(max_length=120, unique=True)
    subject = models.CharField(max_length=300, blank=True, help_text="As last sent.")
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="mail_ends_one_way",
                condition=models.Q(sent_at=None, failed_at=None)
                | models.Q(sent_at=None, superseded_at=None)
                | models.Q(failed_at=None, superseded_at=None),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["priority", "id"],
                name="mail_unfinished",
                condition=models.Q(sent_at=None, failed_at=None, superseded_at=None),
            ),
            models.Index(fields=["about", "id"], name="mail_about"),
            models.Index(fields=["asked_by"], name="mail_asked_for", condition=models.Q(asked_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def state(self) -> str:
        """One of sent, failed, superseded, queued."""
        for state, at in (("sent", self.sent_at), ("failed", self.failed_at), ("superseded", self.superseded_at)):
            if at is not None:
                return state
        return "queued"

    @staticmethod
    def message_id_for(key: str, domain: str) -> str:
        """The same key gives the same Message-ID, so that a mail that had to go twice can be recognised as one."""
        return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


class MailAttachment(models.Model):
    """A file that leaves with a mail; the mail waits for `ready_at`.

    `source` names what the file is made from (`pick-list:12:pdf`): whoever renders it fills in every row of that
    source at once.
    """

    mail = models.ForeignKey(OutgoingMail, models.CASCADE, related_name="attachments")
    filename = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    source = models.CharField(max_length=120, db_index=True)
    storage_name = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mail", "filename"], name="attachment_once_per_mail"),
            models.CheckConstraint(
                name="attachment_ready_is_stored",
                condition=models.Q(ready_at=None) | (~models.Q(storage_name="") & ~models.Q(sha256="")),
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    @classmethod
    def fulfil(cls, source: str, *, storage_name: str, sha256: str, at: datetime) -> int:
        """Mark every attachment made from `source` as ready; returns how many."""
        return cls.objects.filter(source=source, ready_at=None).update(
            storage_name=storage_name, sha256=sha256, ready_at=at
        )
