from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette.errors import DomainError
from cagette.requests import MemberRequest
from catalogs import returnables as verbs
from catalogs.access import editable_returnable
from catalogs.forms.returnables import ReturnableForm
from producers.access import editable_farm

PAST_SHOWN = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def returnables(request: MemberRequest, slug: str) -> HttpResponse:
    """What the farm takes back, in use and formerly. Posting adds one."""
    producer = editable_farm(request.user, slug)
    form = ReturnableForm(request.POST or None, producer=producer)
    if request.method == "POST" and _written(
        form, lambda: verbs.add(producer, form.cleaned_data["name"], form.amount_of_money())
    ):
        messages.success(request, _("“%(name)s” is added.") % {"name": form.cleaned_data["name"]})
        return redirect("catalogs:returnables", slug=slug)
    return render(
        request,
        "producers/returnables.html",
        {
            "producer": producer,
            "returnables": verbs.of_farm(producer),
            "past": producer.returnables.filter(until__isnull=False).order_by("-until", "-pk")[:PAST_SHOWN],
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """Another name, or another amount: then this one ends and the next begins."""
    returnable = editable_returnable(request.user, pk)
    form = ReturnableForm(request.POST or None, producer=returnable.producer, returnable=returnable)
    if request.method == "POST" and _written(
        form,
        lambda: verbs.change(
            returnable, name=form.cleaned_data["name"], amount=form.amount_of_money(), by=request.user
        ),
    ):
        messages.success(request, _("Saved."))
        return redirect("catalogs:returnables", slug=returnable.producer.slug)
    return render(
        request,
        "producers/returnable.html",
        {
            "producer": returnable.producer,
            "returnable": returnable,
            "used": returnable.products.count(),
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@login_required
@require_POST
def check(request: MemberRequest, pk: int) -> HttpResponse:
    returnable = editable_returnable(request.user, pk)
    verbs.check(returnable)
    messages.success(request, _("“%(name)s” is checked.") % {"name": returnable.name})
    return redirect("catalogs:returnables", slug=returnable.producer.slug)


@login_required
@require_POST
def retirement(request: MemberRequest, pk: int) -> HttpResponse:
    returnable = editable_returnable(request.user, pk)
    try:
        verbs.retire(returnable)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("“%(name)s” is no longer in use.") % {"name": returnable.name})
    return redirect("catalogs:returnables", slug=returnable.producer.slug)


def _written(form: ReturnableForm, write: Callable[[], object]) -> bool:
    """Whether the form was in order and `write` took it; a refusal is put beside the name."""
    if not form.is_valid():
        return False
    try:
        write()
    except DomainError as error:
        form.add_error("name", str(error))
        return False
    return True
