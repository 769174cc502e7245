"""How people sign up and sign in: allauth's rules, adapted where Cagette differs.

An e-mail address and a code sent there are enough; a password or a passkey may be added. Whether an address is known
here is never told to who types it, only to who reads its mail.
"""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from cagette import mail, proving
from cagette.models import Language, OutgoingMail, User
from cagette.requests import MemberRequest

# allauth's name of each mail it may want to send, ours, and what of allauth's context ours needs. Those with a code or
# a link that signs in are secret.
MAILS: dict[str, tuple[str, tuple[str, ...], bool]] = {
    "account/email/login_code": ("cagette/mail/sign_in_code", ("code",), True),
    "account/email/email_confirmation_signup": ("cagette/mail/welcome_code", ("code",), True),
    "account/email/email_confirmation": ("cagette/mail/address_code", ("code",), True),
    "account/email/account_already_exists": ("cagette/mail/account_exists", (), False),
    "account/email/unknown_account": ("cagette/mail/no_account", (), False),
    "account/email/password_reset_key": ("cagette/mail/password_link", ("password_reset_url",), True),
}


class SignupForm(forms.Form):
    """What signing up asks beside the e-mail address, which allauth's own form adds."""

    name = forms.CharField(
        label=_("name"),
        required=False,
        max_length=120,
        help_text=_("What your neighbours call you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("email", "name")

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.language = current_language()
        # The address isn't proved yet. A password given now would outlive its owner's first code, and open the account
        # to whoever had signed the address up before them.
        user.set_unusable_password()
        user.save(update_fields=["name", "language", "password"])


class ProfileForm(forms.ModelForm[User]):
    """What others see of one, and the language one is written to in."""

    class Meta:
        model = User
        fields = ("name", "phone", "language")
        help_texts: ClassVar = {
            "name": _("What your neighbours call you."),
            "phone": _("Whoever coordinates a group order is reached here, by farms and neighbours."),
            "language": _("Of these pages, and of the mails to you."),
        }
        widgets: ClassVar = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    """The hub of one's account: the profile itself, and the way to all else."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = request.user
        # Only what was asked: the rest of the row may have changed since it was read.
        user.save(update_fields=list(form.cleaned_data))
        with translation.override(user.language):
            messages.success(request, str(_("Saved.")))
        response = redirect("profile")
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, secure=settings.LANGUAGE_COOKIE_SECURE)
        return response
    types = list(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    context = {
        "form": form,
        "passkeys": types.count(Authenticator.Type.WEBAUTHN),
        "second_step": Authenticator.Type.TOTP in types,
    }
    return render(request, "account/profile.html", context, status=422 if form.errors else 200)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail as a row, like every other: a worker sends it, sign-in codes before all else."""
        template, names, secret = MAILS[template_prefix]
        reader = User.objects.filter(email=email.lower()).only("language").first()
        draft = mail.Draft(
            key=f"sign-in:{secrets.token_urlsafe(12)}",
            template=template,
            data={name: str(context[name]) for name in names},
            recipient=email,
            language=reader.language if reader else current_language(),
            priority=OutgoingMail.Priority.CODE,
            secret=secret,
        )
        mail.queue([draft])

    def is_reauthentication_required(self, *, app: str = "") -> bool:
        """Who has signed in a moment ago has proved enough, whatever allauth thinks of it."""
        required: bool = super().is_reauthentication_required(app=app)
        return required and not proving.proved(self.request)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """An address under which a coordinator or a farm wrote somebody down is an account's, proved or not."""
        if User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id).exists():
            template, context = "account/messages/email_confirmation_failed.txt", {"email": email_address.email}
            self.add_message(request, messages.ERROR, template, context)
            return False
        confirmed: bool = super().confirm_email(request, email_address)
        return confirmed

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """A code that came by mail proves the address: someone whom a coordinator wrote down needs no second code."""
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        proved = {
            record.get("email") for record in get_authentication_records(request, user) if record["method"] == "code"
        }
        if user.email in proved and not EmailAddress.objects.filter(user=user, email=user.email).exists():
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        return response


class PasskeyAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def is_mfa_enabled(self, user: User, types: list[str] | None = None) -> bool:
        """A passkey is a way in, not a second step: whoever has one on their phone still signs in elsewhere by a code.

        allauth asks after both kinds together when it decides on a second step; that takes an app.
        """
        if types is not None and {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN} <= set(types):
            types = [Authenticator.Type.TOTP]
        enabled: bool = super().is_mfa_enabled(user, types=types)
        return enabled

    def build_totp_svg(self, url: str) -> str:
        """To stand in the page itself, so without the prolog of a file."""
        drawn: str = super().build_totp_svg(url)
        return drawn.partition("?>")[2]

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """What the form suggests."""
        n = Authenticator.objects.filter(user=user, type=type).count() + 1
        return str(_("My passkey")) if n == 1 else _("Passkey %(n)s") % {"n": n}


def current_language() -> str:
    language = (get_language() or "")[:2]
    return language if language in Language.values else Language.FRENCH
