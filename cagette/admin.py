"""The staff's admin: people, and the mails that leave. The other apps' admins stand on `Kept` and `ReadOnly`."""

from __future__ import annotations

from typing import Any, TypeVar

from allauth.account.decorators import secure_admin_login
from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from cagette import mail
from cagette.composing import content_of, text_of
from cagette.errors import DomainError
from cagette.models import MailAttachment, OutgoingMail, User

admin.site.site_header = "Cagette"
admin.site.site_title = "Cagette"
# Staff sign in as everybody does: by a code or a passkey, with the same limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# A mail is shown as it was written, where it can do nothing: no script, no form, nothing fetched from elsewhere.
HARMLESS = {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "img-src": [SELF], "sandbox": True}

AnyModel = TypeVar("AnyModel", bound=Model)


class Kept(admin.ModelAdmin[AnyModel]):
    """What is never deleted: other rows tell of it."""

    # Counting everything beside what was searched for takes seconds on large tables.
    show_full_result_count = False
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: AnyModel | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say why a verb of the app refuses; the page shows again what is there."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnly(Kept[AnyModel]):
    """What only the verbs of its app write: transitions, history and frozen papers."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AnyModel | None = None) -> bool:
        return False


class PersonForm(UserChangeForm[User]):
    class Meta:
        model = User
        fields = "__all__"


class NewPersonForm(AdminUserCreationForm[User]):
    """The e-mail is the login; most people need no password."""

    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        return email


@admin.register(User)
class PersonAdmin(Kept[User], UserAdmin[User]):
    form = PersonForm
    add_form = NewPersonForm
    list_display = ("email", "name", "phone", "language", "is_active", "is_staff", "date_joined")
    list_filter = ("is_staff", "is_active", "language")
    search_fields = ("email", "name", "phone")
    ordering = ("-date_joined",)
    readonly_fields = ("date_joined", "last_login", "scrubbed_at")
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (None, {"fields": ("email", "name", "phone", "language", "password")}),
        (_("What they may do"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("date_joined", "last_login", "scrubbed_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "phone", "language", "usable_password", "password1", "password2")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who may write people down is not thereby above those who run the site: their address is their login."""
        above = obj is not None and obj.is_superuser and not _runs_the_site(request)
        return not above and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if _runs_the_site(request):
            return self.readonly_fields
        return (*self.readonly_fields, "is_staff", "is_superuser", "groups", "user_permissions")


def _runs_the_site(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [
            ("queued", _("to send")),
            ("trouble", _("to send, tried already")),
            ("sent", _("sent")),
            ("failed", _("failed")),
            ("superseded", _("superseded")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
        waiting = Q(sent_at=None, failed_at=None, superseded_at=None)
        match self.value():
            case "queued":
                return queryset.filter(waiting)
            case "trouble":
                return queryset.filter(waiting, attempts__gt=0)
            case "sent" | "failed" | "superseded" as state:
                return queryset.filter(**{f"{state}_at__isnull": False})
        return queryset


SHOWN = (
    (None, ("state_badge", "recipient", "said_subject", "said_text", "said_html", "downloads")),
    (
        _("Sending"),
        (
            "created_at",
            "sent_at",
            "failed_at",
            "superseded_at",
            "attempts",
            "next_attempt_at",
            "last_error",
        ),
    ),
    (
        _("Origin"),
        ("key", "about", "asked_by", "template", "language", "priority", "message_id", "secret", "erased_at"),
    ),
)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnly[OutgoingMail]):
    """Every mail with its state, its text as its reader gets it and its files. Sign-in codes are never shown."""

    list_display = (
        "state_badge",
        "recipient",
        "subject_or_key",
        "files",
        "created_at",
        "sent_at",
        "attempts",
        "last_error",
    )
    list_display_links = ("recipient", "subject_or_key")
    list_filter = (StateFilter, "priority", "created_at", "template")
    search_fields = ("recipient", "key", "subject", "about")
    ordering = ("-pk",)
    actions = ("send_again",)
    fieldsets = tuple((title, {"fields": fields}) for title, fields in SHOWN)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingMail]:
        return super().get_queryset(request).annotate(file_count=Count("attachments"))

    def get_readonly_fields(self, request: HttpRequest, obj: OutgoingMail | None = None) -> list[str]:
        return [field for _title, fields in SHOWN for field in fields]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/html/", view(require_safe(self.html)), name="cagette_outgoingmail_html"),
            path("<int:pk>/files/<int:file>/", view(require_safe(self.file)), name="cagette_outgoingmail_file"),
            *super().get_urls(),
        ]

    @admin.display(description=_("state"))
    def state_badge(self, mail: OutgoingMail) -> str:
        return str(STATE_WORDS[mail.state])

    @admin.display(description=_("subject"))
    def subject_or_key(self, mail: OutgoingMail) -> str:
        return mail.subject or mail.key

    @admin.display(description=_("files"))
    def files(self, mail: OutgoingMail) -> int:
        count: int = mail.file_count  # type: ignore[attr-defined]
        return count

    @admin.display(description=_("subject"))
    def said_subject(self, mail: OutgoingMail) -> str:
        return text_of(mail).subject if may_be_read(mail) else "–"

    @admin.display(description=_("text"))
    def said_text(self, mail: OutgoingMail) -> SafeString | str:
        if mail.secret:
            return str(_("A sign-in code: never shown."))
        if mail.erased_at is not None:
            return str(_("Erased: its time is over."))
        return format_html("<pre>{}</pre>", text_of(mail).text)

    @admin.display(description=_("as HTML"))
    def said_html(self, mail: OutgoingMail) -> SafeString | str:
        if not may_be_read(mail):
            return "–"
        url = reverse("admin:cagette_outgoingmail_html", args=[mail.pk])
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, _("Open in another window"))

    @admin.display(description=_("files"))
    def downloads(self, mail: OutgoingMail) -> SafeString | str:
        return (
            format_html_join(SafeString("<br>"), "{}", ((self._download(file),) for file in mail.attachments.all()))
            or "–"
        )

    def _download(self, file: MailAttachment) -> SafeString:
        if file.ready_at is None:
            return format_html("{} ({})", file.filename, _("not made yet"))
        url = reverse("admin:cagette_outgoingmail_file", args=[file.mail_id, file.pk])
        return format_html('<a href="{}">{}</a>', url, file.filename)

    def _readable(self, request: HttpRequest, pk: int) -> OutgoingMail:
        if not self.has_view_permission(request):
            raise PermissionDenied
        mail = OutgoingMail.objects.filter(pk=pk).first()
        if mail is None or not may_be_read(mail):
            raise Http404
        return mail

    @method_decorator(csp(HARMLESS))
    def html(self, request: HttpRequest, pk: int) -> HttpResponse:
        return HttpResponse(text_of(self._readable(request, pk)).html)

    def file(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        attachment = self._readable(request, pk).attachments.filter(pk=file, ready_at__isnull=False).first()
        if attachment is None:
            raise Http404
        return HttpResponse(
            content_of(attachment),
            content_type=attachment.content_type,
            headers={"Content-Disposition": f'attachment; filename="{attachment.filename}"'},
        )

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Sending is the one change staff may make here."""
        return request.user.has_perm("cagette.change_outgoingmail")

    @admin.action(description=_("Send the selected mails again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> TemplateResponse | None:
        assert isinstance(request.user, User)
        sent = 0
        for each in queryset.order_by("pk"):
            try:
                mail.send_again(each, by=request.user)
                sent += 1
            except DomainError as error:
                self.message_user(request, f"{each.recipient}: {error}", messages.WARNING)
        if sent:
            words = ngettext("%(n)s mail is sent again.", "%(n)s mails are sent again.", sent) % {"n": sent}
            self.message_user(request, words, messages.SUCCESS)
        return None


STATE_WORDS = {"queued": _("to send"), "sent": _("sent"), "failed": _("failed"), "superseded": _("superseded")}


def may_be_read(mail: OutgoingMail) -> bool:
    return not mail.secret and mail.erased_at is None
