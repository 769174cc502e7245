"""What views are called with."""

from __future__ import annotations

from django.http import HttpRequest

from cagette.models import User


class MemberRequest(HttpRequest):
    """The request of a view behind `login_required`: somebody is signed in."""

    user: User
