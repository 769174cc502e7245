"""What a coordinator does to a round. Each action is a noun that is posted to; those that can't be taken back, and
those that need a day or a reason, have a page that says what they will do before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from cagette import mail, wording
from cagette.errors import DomainError, WrongState
from cagette.models import OutgoingMail
from cagette.requests import MemberRequest
from deliveries import closing, coordination, correcting, granting
from deliveries.access import coordinated_order, coordinated_round, coordinated_stall
from deliveries.forms import (
    CoordinatorForm,
    CorrectionForm,
    DecisionForm,
    ExtensionForm,
    GrantForm,
    InvitationForm,
    MoveForm,
    ReasonForm,
)
from deliveries.views.coordination import page_of
from orders import reminding, rounds
from orders.models import Grant, Round, RoundCoordinator, Stall
from orders.models.granting import has_login

page_and_post = require_http_methods(["GET", "HEAD", "POST"])


@dataclass
class Act:
    """A page that asks for one action: its words, and what it will do, before its button."""

    title: str
    button: str
    lead: str = ""
    # Each an icon's name and a sentence.
    consequences: list[tuple[str, str]] = field(default_factory=list)
    danger: bool = False
    # Another page that may be meant: its address and its words.
    link: tuple[str, str] | None = None


def attempt(request: MemberRequest, verb: Callable[[], object], done: str) -> bool:
    """Do it and say so, or say what stands against it."""
    try:
        verb()
    except DomainError as error:
        messages.error(request, str(error))
        return False
    messages.success(request, done)
    return True


def act(
    request: MemberRequest, round: Round, page: Act, form: forms.Form, verb: Callable[[], object], done: str
) -> HttpResponse:
    """Show the page; posted and valid, do it and go back to the round. A refusal stands on the page, with what was
    typed.
    """
    back = reverse("deliveries:round", args=[round.pk])
    if request.method == "POST" and form.is_valid():
        try:
            verb()
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect(back)
    context = page_of(round, "") | {"act": page, "form": form, "back": back}
    return render(request, "deliveries/act.html", context, status=422 if form.errors else 200)


def posted(request: MemberRequest) -> Any:
    return request.POST if request.method == "POST" else None


# Up to the close


@login_required
@require_POST
def publication(request: MemberRequest, pk: int) -> HttpResponse:
    round = coordinated_round(request.user, pk)
    done = _("Published. Orders open by themselves at the time announced.")
    attempt(request, lambda: rounds.publish(round, by=request.user), done)
    return redirect("deliveries:round", pk=pk)


@login_required
@require_POST
def opening(request: MemberRequest, pk: int) -> HttpResponse:
    round = coordinated_round(request.user, pk)
    attempt(request, lambda: rounds.open_now(round, by=request.user), _("Open: neighbours can order now."))
    return redirect("deliveries:round", pk=pk)


@login_required
@page_and_post
def extension(request: MemberRequest, pk: int) -> HttpResponse:
    round = coordinated_round(request.user, pk)
    form = ExtensionForm(posted(request), round=round)
    page = Act(
        title=_("Give people longer"),
        button=_("Extend"),
        consequences=[
            ("clock", _("Every farm that closes with the group order stays open until then.")),
            ("farm", _("A farm with an earlier close of its own keeps it; one that has closed stays closed.")),
        ],
    )

    def verb() -> None:
        rounds.extend(round, form.cleaned_data["closes_at"], by=request.user)

    return act(request, round, page, form, verb, _("Extended."))


@login_required
@page_and_post
def invitation(request: MemberRequest, pk: int) -> HttpResponse:
    round = coordinated_round(request.user, pk)
    form = InvitationForm(posted(request), round=round)
    page = Act(
        title=_("Invite another farm"),
        button=_("Invite"),
        consequences=[("mail", _("It gets a mail with the day, the place and a link to answer by."))],
    )

    def verb() -> None:
        rounds.invite(round, form.cleaned_data["catalog"], by=request.user)

    return act(request, round, page, form, verb, _("Invited."))


@login_required
@require_POST
def coordinators(request: MemberRequest, pk: int) -> HttpResponse:
    round = coordinated_round(request.user, pk)
    form = CoordinatorForm(request.POST, round=round)
    if form.is_valid():
        RoundCoordinator.objects.get_or_create(round=round, user=form.user)
        messages.success(request, _("%(name)s runs this group order too.") % {"name": form.user})
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("deliveries:round", pk=pk)


@login_required
@require_POST
def reminders(request: MemberRequest, pk: int) -> HttpResponse:
    """Remind now those whose sheet isn't confirmed; each once a day."""
    round = coordinated_round(request.user, pk)
    try:
        count = reminding.remind_round(round, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("deliveries:households", pk=pk)
    if count:
        said = ngettext("%(n)d reminder is on its way.", "%(n)d reminders are on their way.", count) % {"n": count}
        messages.success(request, said)
    else:
        messages.info(request, _("Nobody to remind by mail: they have been today, or must be rung."))
    return redirect("deliveries:households", pk=pk)


# Closing


@login_required
@page_and_post
def round_closing(request: MemberRequest, pk: int) -> HttpResponse:
    round = coordinated_round(request.user, pk)
    stakes = coordination.stakes(round)
    page = Act(
        title=_("Close orders now"),
        button=_("Close now"),
        lead=_("This can't be taken back: a deadline that has passed is never extended."),
        consequences=_closing_consequences(stakes),
        danger=True,
    )
    form = forms.Form(posted(request))
    done = _("Orders are closed. The pick lists are on their way.")
    return act(request, round, page, form, lambda: closing.close_now(round, by=request.user), done)


@login_required
@page_and_post
def stall_closing(request: MemberRequest, pk: int) -> HttpResponse:
    stall = coordinated_stall(request.user, pk)
    consequences = _closing_consequences(coordination.stakes(stall.round, stall))
    if stall.minimum_amount is not None and closing.confirmed_amount(stall) < stall.minimum_amount:
        below = {
            Stall.BelowMinimum.DELIVER: _("It is below its minimum, and delivers all the same."),
            Stall.BelowMinimum.ASK: _("It is below its minimum: you will be asked what to do."),
            Stall.BelowMinimum.DROP: _("It is below its minimum: it will be called off, and everybody told."),
        }
        consequences.insert(0, ("warning", below[Stall.BelowMinimum(stall.below_minimum)]))
    page = Act(
        title=_("Close %(farm)s now") % {"farm": stall.producer},
        button=_("Close this farm now"),
        lead=_("The other farms stay open. This can't be taken back."),
        consequences=consequences,
        danger=True,
    )

    def verb() -> None:
        if closing.close(stall.pk, by=request.user) is closing.Outcome.NOT_DUE:
            raise WrongState(_("This farm isn't open."))

    return act(request, stall.round, page, forms.Form(posted(request)), verb, _("Closed."))


def _closing_consequences(stakes: coordination.Stakes) -> list[tuple[str, str]]:
    households = ngettext(
        "%(n)d household has ordered: its order is final.",
        "%(n)d households have ordered: their orders are final.",
        stakes.households,
    )
    said = [
        ("people", households % {"n": stakes.households}),
        ("mail", _("The farms get their pick lists at once, households their recap after the last farm has closed.")),
    ]
    if stakes.unconfirmed:
        lost = ngettext(
            "%(n)d sheet isn't confirmed: what is on it will not be ordered.",
            "%(n)d sheets aren't confirmed: what is on them will not be ordered.",
            stakes.unconfirmed,
        )
        said.insert(1, ("warning", lost % {"n": stakes.unconfirmed}))
    return said


@login_required
@page_and_post
def minimum_decision(request: MemberRequest, pk: int) -> HttpResponse:
    stall = coordinated_stall(request.user, pk)
    stakes = coordination.stakes(stall.round, stall)
    form = DecisionForm(posted(request))
    said = {"households": ngettext("%(n)d household", "%(n)d households", stakes.households) % {"n": stakes.households}}
    ring = _("Ask the farm before you decide, if you can.")
    if stall.producer.phone:
        ring = _("Ring the farm before you decide, if you can: %(phone)s.") % {"phone": stall.producer.phone}
    page = Act(
        title=_("%(farm)s is below its minimum") % {"farm": stall.producer},
        button=_("Decide"),
        lead=ring,
        consequences=[
            ("van", _("Delivered all the same: the farm gets its pick list for %(households)s.") % said),
            ("cross", _("Called off: %(households)s and the farm are told that nothing will come.") % said),
        ],
    )

    def verb() -> None:
        closing.decide_minimum(stall, form.cleaned_data["decision"], by=request.user)

    return act(request, stall.round, page, form, verb, _("Decided."))


# Closed is not final


@login_required
@page_and_post
def move(request: MemberRequest, pk: int) -> HttpResponse:
    round = coordinated_round(request.user, pk)
    form = MoveForm(posted(request), round=round)
    page = Act(
        title=_("Move to another day or place"), button=_("Move"), consequences=_told(coordination.stakes(round))
    )

    def verb() -> None:
        names = ("place", "delivery_starts_at", "delivery_ends_at", "reason")
        correcting.move(round, by=request.user, **{name: form.cleaned_data[name] for name in names})

    return act(request, round, page, form, verb, _("Moved. Everybody concerned is told."))


@login_required
@page_and_post
def cancellation(request: MemberRequest, pk: int) -> HttpResponse:
    round = coordinated_round(request.user, pk)
    form = ReasonForm(posted(request))
    page = Act(
        title=_("Call the whole group order off"),
        button=_("Call it off"),
        lead=_("Nothing will be delivered, nobody owes anything for it. This can't be taken back."),
        consequences=_told(coordination.stakes(round)),
        danger=True,
    )

    def verb() -> None:
        correcting.call_off_round(round, by=request.user, reason=form.cleaned_data["reason"])

    return act(request, round, page, form, verb, _("Called off. Everybody concerned is told."))


@login_required
@page_and_post
def stall_dropping(request: MemberRequest, pk: int) -> HttpResponse:
    stall = coordinated_stall(request.user, pk)
    form = ReasonForm(posted(request))
    page = Act(
        title=_("Call %(farm)s off") % {"farm": stall.producer},
        button=_("Call this farm off"),
        lead=_("The other farms deliver as planned. This can't be taken back."),
        consequences=_told(coordination.stakes(stall.round, stall)),
        danger=True,
    )

    def verb() -> None:
        correcting.call_off_stall(stall, by=request.user, reason=form.cleaned_data["reason"])

    return act(request, stall.round, page, form, verb, _("Called off. Everybody concerned is told."))


def _told(stakes: coordination.Stakes) -> list[tuple[str, str]]:
    """Who gets a mail about a change."""
    households = ngettext(
        "%(n)d household with an order gets a mail.", "%(n)d households with an order get a mail.", stakes.households
    )
    farms = ngettext("%(n)d farm is told.", "%(n)d farms are told.", stakes.farms)
    said = [("mail", households % {"n": stakes.households}), ("farm", farms % {"n": stakes.farms})]
    if stakes.lists:
        lists = ngettext("%(n)d pick list is revised.", "%(n)d pick lists are revised.", stakes.lists)
        said.append(("printer", lists % {"n": stakes.lists}))
    if stakes.households:
        said.append(("phone", _("Whom no mail reaches is on the phone list of the households' page.")))
    return said


@login_required
@page_and_post
def line_correction(request: MemberRequest, pk: int) -> HttpResponse:
    order = coordinated_order(request.user, pk)
    form = CorrectionForm(posted(request), order=order, offer=request.GET.get("offer", ""))
    page = Act(
        title=_("Correct the order of %(household)s") % {"household": order.household},
        button=_("Correct"),
        lead=_stands(form),
        consequences=_corrected(correcting.has_begun(order.round)),
        link=(reverse("deliveries:grants", args=[order.pk]), _("It wants more: offer it")),
    )

    def verb() -> None:
        cleaned = form.cleaned_data
        correcting.correct_line(
            order, cleaned["offer"], cleaned["quantity"], by=request.user,
            reason=cleaned["reason"], cause=cleaned["cause"],
        )  # fmt: skip

    return act(request, order.round, page, form, verb, _("Corrected."))


def _stands(form: CorrectionForm) -> str:
    """What the household had ordered of the product that is asked about, and what it gets now."""
    line = form.line_of(form["offer"].value())
    if line is None:
        return ""
    return _("%(product)s: %(ordered)s ordered, %(given)s allotted now.") % {
        "product": line.offer.name,
        "ordered": wording.quantity(line.quantity + line.granted),
        "given": wording.quantity(line.counted_now),
    }


def _corrected(begun: bool) -> list[tuple[str, str]]:
    """What follows; before the pick-up the form itself says what becomes of the stock."""
    stock = [("crate", _("The pick-up has begun: what isn't handed over is sold to nobody else."))] if begun else []
    return [
        *stock,
        ("farm", _("What the household ordered stays on record; it owes only what it gets.")),
        ("printer", _("The farm gets a revised pick list that shows what changed.")),
        ("mail", _("The household gets a new recap, which says that it replaces the last.")),
        ("sheet", _("The sign-off sheet is revised.")),
    ]


@login_required
@page_and_post
def grants(request: MemberRequest, pk: int) -> HttpResponse:
    """Offer a household more after the close; it decides."""
    order = coordinated_order(request.user, pk)
    form = GrantForm(posted(request), order=order, offer=request.GET.get("offer", ""))
    decides = _("Nothing changes until a member presses the button on the order's page.")
    if not has_login(order.household):
        decides = _("It has no login: ask it, then agree on its behalf on its page here. That is kept on record.")
    page = Act(
        title=_("Offer more to %(household)s") % {"household": order.household},
        button=_("Offer it"),
        lead=_("Ask the farm first whether it has more."),
        consequences=[
            ("mail", _("The household gets a mail with the quantity, the price and the way to agree.")),
            ("check", decides),
            ("clock", _("The offer ends when the pick-up is over; you can take it back before.")),
        ],
    )

    def verb() -> None:
        cleaned = form.cleaned_data
        granting.offer_more(order, cleaned["offer"], cleaned["quantity"], by=request.user, reason=cleaned["reason"])

    return act(request, order.round, page, form, verb, _("Offered. Nothing is ordered until the household agrees."))


@login_required
@require_POST
def grant_taking_back(request: MemberRequest, pk: int) -> HttpResponse:
    grant = get_object_or_404(Grant.objects.select_related("order", "offer"), pk=pk)
    order = coordinated_order(request.user, grant.order_id)
    attempt(request, lambda: granting.take_back(grant, by=request.user), _("The offer is taken back."))
    return redirect("deliveries:order", pk=order.pk)


# Mails


@login_required
@require_POST
def mail_sending(request: MemberRequest, pk: int, mail_pk: int) -> HttpResponse:
    """Send a mail of the round once more."""
    round = coordinated_round(request.user, pk)
    found = get_object_or_404(OutgoingMail.objects.about(f"round:{round.pk}").filter(secret=False), pk=mail_pk)
    done = _("On its way to %(address)s once more.") % {"address": found.recipient}
    attempt(request, lambda: mail.send_again(found, by=request.user), done)
    return redirect("deliveries:mails", pk=pk)
