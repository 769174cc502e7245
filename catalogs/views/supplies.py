from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette.errors import DomainError
from cagette.requests import MemberRequest
from catalogs import supplies
from catalogs.access import editable_product
from catalogs.forms.catalogs import SupplyForm
from catalogs.views.keys import posted_key


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def supply(request: MemberRequest, pk: int) -> HttpResponse:
    """A product's supply for several rounds: the one that lasts, or none yet. Posting starts or changes it."""
    product = editable_product(request.user, pk)
    current = supplies.current(product)
    initial = {"quantity": current.quantity, "professional_share": current.professional_share} if current else {}
    form = SupplyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        key = posted_key(request)
        try:
            if current is None:
                supplies.start(product, by=request.user, key=key, **form.cleaned_data)
            else:
                unchanged = form.fields.keys() - set(form.changed_data)
                supplies.change(current, by=request.user, key=key, unchanged=unchanged, **form.cleaned_data)
        except DomainError as error:
            form.add_error("quantity", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("catalogs:supply", pk=pk)
    return render(
        request,
        "catalogs/supply.html",
        {
            "product": product,
            "supply": current,
            "left": supplies.left(current) if current else None,
            "past": product.supplies.filter(shared=True, ended_at__isnull=False).order_by("-pk")[:20],
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@login_required
@require_POST
def ending(request: MemberRequest, pk: int) -> HttpResponse:
    product = editable_product(request.user, pk)
    try:
        supplies.end(product, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Ended: each group order to come has its own quantity again."))
    return redirect("catalogs:supply", pk=pk)
