"""Which mails one takes: of all one's households when signed in, of one by the link in its mails."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cagette.requests import MemberRequest
from orders import preferences
from orders.forms.neighbourhoods import PreferencesForm
from orders.models import Membership


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: MemberRequest) -> HttpResponse:
    """All of one's households, each with its three choices; posting saves them together."""
    memberships = Membership.objects.active().filter(user=request.user).order_by("pk")
    posted = request.POST if request.method == "POST" else None
    forms = [
        PreferencesForm(posted, instance=membership, prefix=str(membership.pk))
        for membership in memberships.select_related("household__neighbourhood")
    ]
    if posted is not None:
        for form in forms:
            _save(form)
        messages.success(request, _("Saved."))
        return redirect("orders:my_mails")
    return render(request, "orders/my_mails.html", {"forms": forms})


@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The choices of one member, who came by the foot of a mail and need not sign in."""
    membership = _of(token)
    if request.method == "POST":
        _save(PreferencesForm(request.POST, instance=membership))
        messages.success(request, _("Saved."))
        return redirect("orders:mails", token=token)
    context = {"membership": membership, "form": PreferencesForm(instance=membership)}
    return render(request, "orders/mails.html", context)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscription(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """Decline one kind of mail, or (`wanted`) take it again. Only posting does: mail programs post here by themselves
    (RFC 8058), without cookies, and look-ahead scanners open every link.
    """
    membership = _of(token)
    if kind not in preferences.KINDS:
        raise Http404
    if request.method == "POST":
        preferences.choose(membership, kind, wanted="wanted" in request.POST)
        membership.refresh_from_db()
    context = {
        "membership": membership,
        "kind": PreferencesForm().fields[preferences.KINDS[kind]].label,
        "wanted": getattr(membership, preferences.KINDS[kind]),
        "posted": request.method == "POST",
        "token": token,
    }
    return render(request, "orders/unsubscription.html", context)


def _of(token: str) -> Membership:
    membership = preferences.membership_from_token(token)
    if membership is None:
        raise Http404
    return membership


def _save(form: PreferencesForm) -> None:
    """Three boxes can't be filled in wrongly. Nothing else is written: who has left meanwhile has left."""
    form.is_valid()
    form.instance.save(update_fields=list(form.cleaned_data))
