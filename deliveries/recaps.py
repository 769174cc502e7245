"""What people are told of a round by mail: recaps, the coordinator's summary, what was moved or called off.

Each of these only writes rows (`cagette.mail.queue`), in the transaction of what it tells of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from cagette.countries import WITHDRAWAL
from cagette.mail import AttachmentDraft, Draft, queue
from cagette.models import OutgoingMail, User
from cagette.money import Money, seen
from deliveries import reasons
from deliveries.models import SignOffSheet
from deliveries.pick_lists import plain
from deliveries.tasks import render_soon
from deliveries.withdrawal_links import link
from orders import returnables, transfers
from orders.due import Taken, in_all, to_farm
from orders.models import Household, Membership, Offer, Order, OrderLine, Round, Stall
from orders.models.ordering import counted
from orders.preferences import links
from orders.rounds import producer_addresses, round_facts


class Reader(NamedTuple):
    """A member of a household, as a mail reaches them."""

    email: str
    language: str
    membership_id: int


Addresses = dict[int, list[Reader]]


def ready_orders() -> QuerySet[Order]:
    """Orders of published rounds, with something confirmed, all of whose farms have closed, and without a recap."""
    lines = OrderLine.objects.filter(order=OuterRef("pk")).confirmed()
    unsettled = lines.filter(offer__stall__state__in=[Stall.State.OPEN, Stall.State.WAITING])
    orders = Order.objects.filter(round__state=Round.State.PUBLISHED, recaps=0)
    return orders.filter(Exists(lines.filter(offer__stall__state=Stall.State.CLOSED)), ~Exists(unsettled))


def write_recaps(round: Round) -> int:
    """One recap for each household whose last farm has closed. Call it with the round locked; returns how many
    orders.
    """
    orders = list(ready_orders().filter(round=round).values_list("pk", flat=True))
    recap(round, orders)
    return len(orders)


def recap(round: Round, order_ids: Iterable[int], *, reason: str = "") -> None:
    """Tell these households what they get, where and when; a later recap of the same order says that it replaces the
    last.
    """
    order_ids = list(order_ids)
    if not order_ids:
        return
    Order.objects.filter(pk__in=order_ids).update(recaps=F("recaps") + 1)
    orders = list(Order.objects.filter(pk__in=order_ids).select_related("household", "round"))
    said = contents(round, orders)
    # A recap may be declined; that something is no longer what was ordered may not.
    wishes, kind = ({}, "") if reason else ({"mail_recaps": True}, "recaps")
    addresses = _addresses((order.household_id for order in orders), **wishes)
    calendar = calendar_of(round)
    lasting = OrderLine.objects.annotate(counts=counted()).filter(
        Q(allocated__isnull=False) | Q(delivered__isnull=False),
        order__in=order_ids,
        offer__perishable=False,
        counts__gt=0,
    )
    consumers = lasting.exclude(order__household__kind=Household.Kind.PROFESSIONAL)
    offered = round.neighbourhood.country in WITHDRAWAL
    withdrawable = set(consumers.values_list("order", flat=True)) if offered else set()
    queue(
        Draft(
            key=f"recap:{order.pk}:{order.recaps}:{reader.email}",
            template="deliveries/mail/recap",
            data=said[order.pk]
            | {"revision": order.recaps, "reason": reason}
            | links(reader.membership_id, kind)
            | ({"withdrawal_link": link(order.pk, reader.membership_id)} if order.pk in withdrawable else {}),
            recipient=reader.email,
            language=reader.language,
            priority=OutgoingMail.Priority.RECAP,
            about=f"round:{round.pk}",
            attachments=(calendar,),
        )
        for order in orders
        for reader in addresses.get(order.household_id, [])
    )


def contents(round: Round, orders: Sequence[Order]) -> dict[int, dict[str, Any]]:
    """Per order (with its household and round) all that its recap says, on paper as by mail: plain JSON.

    Six statements, however many orders.
    """
    facts = round_facts(round)
    crates = _crates(orders)
    empties = returnables.to_give_back(orders)
    return {
        order.pk: facts
        | crates[order.pk]
        | {
            "household": {"number": order.household.pick_up_number, "name": order.household.name},
            "returnables": [
                {"producer": item.producer, "name": item.name, "quantity": plain(item.quantity)}
                for item in empties[order.pk]
            ],
            "reference": transfers.reference(order),
            "order_link": settings.SITE_URL + reverse("orders:detail", args=[order.pk]),
        }
        for order in orders
    }


def calendar_of(round: Round) -> AttachmentDraft:
    """The round's calendar file, which a worker is asked to make: one UID, a SEQUENCE that rises with each move."""
    source = f"calendar:{round.pk}:{round.sequence}"
    transaction.on_commit(partial(render_soon, source), robust=True)
    return AttachmentDraft("cagette.ics", "text/calendar", source)


def _crates(orders: Sequence[Order]) -> dict[int, dict[str, Any]]:
    """Per order what each farm has for it and what is due to each; lines that got nothing are there too.

    Three statements; an offer is described once, however many took it.
    """
    lines = (
        OrderLine.objects.filter(order__in=orders)
        .confirmed()
        .order_by("order_id", "offer__stall__producer__name", "offer__stall_id", "offer__position", "offer_id")
    )
    why = reasons.of_lines(OrderLine.objects.filter(order__in=orders))
    by_stall: dict[int, dict[int, list[OrderLine]]] = {}
    found = list(lines)
    offers = Offer.objects.select_related("stall__producer").in_bulk({line.offer_id for line in found})
    for line in found:
        by_stall.setdefault(line.order_id, {}).setdefault(offers[line.offer_id].stall_id, []).append(line)
    described = {pk: words_of(offer) for pk, offer in offers.items()}
    crates = {}
    for order in orders:
        net = order.household.professional
        farms, dues = [], []
        for of_farm in by_stall.get(order.pk, {}).values():
            due = to_farm(map(_taken, of_farm), order.round.currency, net=net)
            farm = _farm(offers[of_farm[0].offer_id].stall)
            farms.append(farm | due.frozen | {"lines": _lines(of_farm, described, why, net=net)})
            dues.append(due)
        sums = in_all(dues, order.round.currency).frozen
        crates[order.pk] = {"farms": farms, "sums": sums} | sums
    return crates


def _taken(line: OrderLine) -> Taken:
    assert line.agreed is not None  # ordered, as the constraint on lines says
    return Taken(line.agreed, line.counted_now, line.open_tolerance)


def _lines(
    lines: Sequence[OrderLine], described: dict[int, dict[str, Any]], why: dict[int, dict[str, Any]], *, net: bool
) -> list[dict[str, Any]]:
    """The lines of one farm as their reader sees them: professionals without VAT."""
    taken = [_taken(line) for line in lines]
    amounts = seen([each.price.item(each.quantity) for each in taken], net=net)
    return [
        described[line.offer_id]
        | {
            "quantity": plain(each.quantity),
            "confirmed": plain(line.quantity + line.granted),
            "why": why[line.pk]["why"] if line.pk in why else None,
            "unit_price": str(each.price.seen(net=net)),
            "amount": str(amount),
        }
        for line, each, amount in zip(lines, taken, amounts, strict=True)
    ]


def _farm(stall: Stall) -> dict[str, Any]:
    producer = stall.producer
    return {
        "producer": producer.name,
        "phone": producer.phone,
        "state": stall.state,
        "means": producer.payment_means,
        "payee": producer.payee,
        "iban": producer.iban if producer.takes_transfers else "",
    }


def words_of(offer: Offer) -> dict[str, Any]:
    """An offer as mails name it."""
    return {
        "name": offer.name,
        "content": f"{plain(offer.content)} {offer.content_unit}" if offer.content else "",
        "unit": offer.unit,
        "weighed": offer.weighed,
        "chilled": offer.chilled,
    }


def addresses_of(household_ids: Iterable[int]) -> Addresses:
    """Per household its members whom mail reaches: news of what they ordered is not theirs to decline."""
    return _addresses(household_ids)


def _addresses(household_ids: Iterable[int], **wishes: bool) -> Addresses:
    members = Membership.objects.active().filter(
        household__in=set(household_ids), user__is_active=True, user__scrubbed_at=None, **wishes
    )
    found: Addresses = {}
    rows = members.order_by("pk").values_list("household_id", "user__email", "user__language", "pk")
    for household_id, email, language, membership_id in rows:
        found.setdefault(household_id, []).append(Reader(email, language, membership_id))
    return found


def phone_list(round: Round) -> list[dict[str, Any]]:
    """The households with an order here that no mail reaches: somebody has to ring them."""
    households = Household.objects.filter(
        Exists(OrderLine.objects.filter(order__household=OuterRef("pk"), order__round=round).confirmed())
    )
    reached = addresses_of(households.values_list("pk", flat=True))
    return [
        {"number": household.pick_up_number, "name": household.name, "phone": household.phone}
        for household in households.order_by("pick_up_number")
        if household.pk not in reached
    ]


def coordinator_addresses(round: Round) -> list[tuple[str, str]]:
    """The round's coordinators; where it has none left, its neighbourhood's."""
    users = User.objects.filter(is_active=True, scrubbed_at=None)
    own = list(users.filter(coordinated_rounds__round=round).order_by("pk").values_list("email", "language"))
    if own:
        return own
    return list(
        users.filter(
            memberships__state=Membership.State.ACTIVE,
            memberships__role=Membership.Role.COORDINATOR,
            memberships__household__neighbourhood=round.neighbourhood_id,
        )
        .distinct()
        .order_by("pk")
        .values_list("email", "language")
    )


def write_summary(round: Round, sheet: SignOffSheet) -> None:
    """The coordinators' summary of the closed round, with the sign-off sheet attached."""
    stalls = [
        {"producer": stall.producer.name, "phone": stall.producer.phone, "state": stall.state}
        for stall in round.stalls.select_related("producer").order_by("producer__name")
    ]
    data = round_facts(round) | {
        "totals": sheet.rows["totals"],
        "stalls": stalls,
        "phone_list": phone_list(round),
        "revision": sheet.revision,
        "reason": sheet.reason,
        "round_link": settings.SITE_URL + reverse("deliveries:round", args=[round.pk]),
    }
    name = f"emargement-{sheet.rows['delivery']['starts'][:10]}-r{sheet.revision}.pdf"
    queue(
        Draft(
            key=f"summary:{round.pk}:{sheet.revision}:{email}",
            template="deliveries/mail/summary",
            data=data,
            recipient=email,
            language=language,
            priority=OutgoingMail.Priority.NEWS,
            about=f"round:{round.pk}",
            attachments=(AttachmentDraft(name, "application/pdf", f"sign-off:{sheet.pk}:pdf"),),
        )
        for email, language in coordinator_addresses(round)
    )


def ask_about_minimum(stall: Stall, total: Money) -> None:
    """Ask the coordinators what becomes of a stall below its minimum, and until when they can say."""
    assert stall.answer_by is not None and stall.minimum_amount is not None
    data = round_facts(stall.round) | {
        "producer": {"name": stall.producer.name, "phone": stall.producer.phone},
        "total": str(total.amount),
        "minimum": str(stall.minimum_amount.amount),
        "fallback": stall.fallback,
        "answer_by": stall.answer_by.astimezone(stall.round.neighbourhood.zone).isoformat(),
        "round_link": settings.SITE_URL + reverse("deliveries:round", args=[stall.round_id]),
    }
    queue(
        Draft(
            key=f"minimum:{stall.pk}:{email}",
            template="deliveries/mail/minimum_question",
            data=data,
            recipient=email,
            language=language,
            priority=OutgoingMail.Priority.NEWS,
            about=f"round:{stall.round_id}",
        )
        for email, language in coordinator_addresses(stall.round)
    )


def tell_dropped(stall: Stall, *, reason: str, below_minimum: bool) -> None:
    """Tell the households that ordered there, and the farm, that nothing will come of it."""
    data = round_facts(stall.round) | {
        "producer": {"name": stall.producer.name, "phone": stall.producer.phone},
        "reason": reason,
        "below_minimum": below_minimum,
    }
    lines = OrderLine.objects.filter(offer__stall=stall).confirmed()
    tell_households(
        stall.round, lines.values_list("order__household_id", flat=True), f"dropped:{stall.pk}", "stall_dropped", data
    )
    tell_farm(stall, f"dropped:{stall.pk}:farm", "stall_dropped_farm", data)


def tell_households(
    round: Round,
    household_ids: Iterable[int],
    key: str,
    template: str,
    data: dict[str, Any],
    *,
    attachments: tuple[AttachmentDraft, ...] = (),
) -> None:
    """The same news to every household named, keyed `<key>:<address>`."""
    addresses = addresses_of(household_ids)
    queue(
        Draft(
            key=f"{key}:{reader.email}",
            template=f"deliveries/mail/{template}",
            data=data | links(reader.membership_id),
            recipient=reader.email,
            language=reader.language,
            priority=OutgoingMail.Priority.NEWS,
            about=f"round:{round.pk}",
            attachments=attachments,
        )
        for of_household in addresses.values()
        for reader in of_household
    )


def tell_farm(
    stall: Stall,
    key: str,
    template: str,
    data: dict[str, Any],
    *,
    attachments: tuple[AttachmentDraft, ...] = (),
) -> None:
    """News to a farm's addresses, keyed `<key>:<address>`."""
    queue(
        Draft(
            key=f"{key}:{email}",
            template=f"deliveries/mail/{template}",
            data=data,
            recipient=email,
            language=language,
            priority=OutgoingMail.Priority.NEWS,
            about=f"round:{stall.round_id}",
            attachments=attachments,
        )
        for email, language in producer_addresses(stall)
    )
