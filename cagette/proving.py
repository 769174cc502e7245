"""Proving once more that it is oneself, before what can't be undone: by a code sent to one's address.

A passkey, a password or an app prove it too, on allauth's own pages; so does having signed in a moment ago. Who has set
up a second step proves it by that: a mailbox alone isn't enough there.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette import mail
from cagette.models import OutgoingMail
from cagette.requests import MemberRequest
from cagette.sending import SECRET_LIFETIME

KEY = "proof"
TRIES = 3


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


def proved(request: MemberRequest) -> bool:
    """Whether the person signed in, or proved it again, within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for record in records)


def ask(request: MemberRequest) -> HttpResponse:
    """Send the person to prove it, and then back to where they are."""
    name = "mfa_reauthenticate" if _has(request, Authenticator.Type.TOTP) else "proof"
    return redirect(f"{reverse(name)}?{urlencode({'next': request.get_full_path()})}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def proof(request: MemberRequest) -> HttpResponse:
    """Where the code is asked for and typed."""
    if _has(request, Authenticator.Type.TOTP):
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': _next(request)})}")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if _is_right(request, form.cleaned_data["code"]):
            record_authentication(request, request.user, "code", email=request.user.email, reauthenticated=True)
            return redirect(_next(request))
        form.add_error("code", _("This isn't the code we sent, or its time is over."))
    context = {
        "form": form,
        "sent": KEY in request.session,
        "next": _next(request),
        "passkeys": _has(request, Authenticator.Type.WEBAUTHN),
    }
    return render(request, "account/proof.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def code(request: MemberRequest) -> HttpResponse:
    """Send a code; the one before is no longer good."""
    if ratelimit.consume(request, action="request_login_code", key=request.user.email):
        _send(request)
    else:
        messages.error(request, _("A little patience: you have asked for several codes already."))
    return redirect(f"{reverse('proof')}?{urlencode({'next': _next(request)})}")


def _send(request: MemberRequest) -> None:
    made = get_adapter().generate_login_code()
    request.session[KEY] = {"code": _hashed(made), "at": time.time(), "tries": 0}
    draft = mail.Draft(
        key=f"proof:{secrets.token_urlsafe(12)}",
        template="cagette/mail/proof_code",
        data={"code": made},
        recipient=request.user.email,
        language=request.user.language,
        priority=OutgoingMail.Priority.CODE,
        secret=True,
    )
    mail.queue([draft])


def _is_right(request: MemberRequest, typed: str) -> bool:
    """Once, in time, and within three tries."""
    sent: dict[str, Any] = request.session.pop(KEY, {})
    if not sent or time.time() - sent["at"] > SECRET_LIFETIME.total_seconds():
        return False
    if constant_time_compare(sent["code"], _hashed(typed)):
        return True
    if sent["tries"] + 1 < TRIES:
        request.session[KEY] = sent | {"tries": sent["tries"] + 1}
    return False


def _hashed(made: str) -> str:
    # As people type it: allauth's codes are capitals, with a hyphen in the middle.
    return salted_hmac("cagette.proof", made.upper().replace("-", "").replace(" ", "")).hexdigest()


def _has(request: MemberRequest, type: str) -> bool:
    found: bool = Authenticator.objects.filter(user=request.user, type=type).exists()
    return found


def _next(request: MemberRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else reverse("profile")
