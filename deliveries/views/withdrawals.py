"""Withdrawing online: declare, confirm, get a dated receipt; from the order's page, or by the link in a recap."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cagette import wording
from cagette.models import User
from cagette.money import Money
from cagette.requests import MemberRequest
from deliveries import counting, withdrawing
from deliveries.forms import WithdrawalForm
from deliveries.withdrawal_links import order_from_token
from orders.models import Household, Order


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal(request: MemberRequest, pk: int) -> HttpResponse:
    """For the household's members alone: a coordinator corrects, only a buyer withdraws."""
    orders = Order.objects.visible_to(request.user)
    order = get_object_or_404(orders.select_related("round__neighbourhood", "round__place", "household"), pk=pk)
    if not Household.objects.of(request.user).filter(pk=order.household_id).exists():
        raise PermissionDenied
    return _page(request, order, request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal_link(request: HttpRequest, token: str) -> HttpResponse:
    """What the recap's link opens, without signing in."""
    found = order_from_token(token)
    if found is None:
        raise Http404
    return _page(request, *found)


def _page(request: HttpRequest, order: Order, by: User | None) -> HttpResponse:
    """The declaration, then its confirmation, then what has been received."""
    possible = withdrawing.withdrawable(order)
    if not withdrawing.may_empty(order, by):
        possible = [each for each in possible if not each.open]
    choices = [(each.line.pk, _said(each, order.round.currency)) for each in possible]
    form = WithdrawalForm(request.POST if request.method == "POST" else None, choices=choices, by=by)
    done = withdrawing.made(order)
    context = {
        "order": order,
        "round": order.round,
        "zone": order.round.neighbourhood.time_zone,
        "form": form,
        "possible": possible,
        "made": done,
        "offered": withdrawing.offered(order.round),
        "until": withdrawing.last_day(order.round),
    }
    if request.method != "POST":
        return render(request, "deliveries/withdrawal.html", context)
    if done.filter(key=request.POST.get("key", "")[:40].replace("\0", "")).exists():
        return redirect(request.path)
    if not form.is_valid():
        return render(request, "deliveries/withdrawal.html", context, status=422)
    if "confirmed" not in request.POST:
        chosen = [each for each in possible if each.line.pk in form.cleaned_data["lines"]]
        return render(request, "deliveries/withdrawal_confirmation.html", context | {"chosen": chosen})
    return _declared(request, order, form, by)


def _declared(request: HttpRequest, order: Order, form: WithdrawalForm, by: User | None) -> HttpResponse:
    data = form.cleaned_data
    try:
        found = withdrawing.withdraw(
            order, data["lines"], key=data["key"], name=data["name"], email=data["email"], by=by
        )
    except withdrawing.NotWithdrawn as error:
        messages.error(request, str(error))
    else:
        receipt = _("Received. The dated receipt is on its way to %(email)s.") % {"email": data["email"]}
        emptied = _("Taken off your order: you owe nothing for it.")
        messages.success(request, receipt if found else emptied)
    return redirect(request.path)


def _said(each: withdrawing.Withdrawable, currency: str) -> str:
    """One line as it is offered: `3 bocaux Miel de montagne, Le Rucher · 25,50 €`."""
    offer = each.line.offer
    quantity = counting.counted(f"{each.quantity.normalize():f}", offer.unit)
    return f"{quantity} {offer.name}, {offer.stall.producer.name} · {wording.money(Money(each.amount, currency))}"
