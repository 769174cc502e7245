"""A code by mail for whoever gives an address, known here or not: signing in and signing up in one."""

from __future__ import annotations

from allauth.account.forms import RequestLoginCodeForm
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from cagette.accounts import current_language
from cagette.models import User


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    """An address, known here or not: a code goes there, and the page is the same either way.

    A new address gets its account with the request, as signing up does; nobody is in it before the code has come back.
    """

    def send(self, request: HttpRequest, *, then: str) -> HttpResponse:
        """Send the code, and lead to the page that asks for it and goes on to `then`."""
        email = self.cleaned_data["email"]
        user = self._user
        if user is None:
            found, new = User.objects.get_or_create(
                email=email.lower(), defaults={"language": current_language(), "password": make_password(None)}
            )
            user = found if new or found.is_active else None
        LoginCodeVerificationProcess.initiate(request=request, user=user, email=email)
        return redirect(f"{reverse('account_confirm_login_code')}?{urlencode({REDIRECT_FIELD_NAME: then})}")
