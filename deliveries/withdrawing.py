"""The right to withdraw, for 14 days after the pick-up, from what doesn't spoil (C. conso. L221-18 and L221-28 4°;
in Italy Codice del consumo, art. 52 and 59). Swiss law gives none for what is ordered online: there nothing is offered.

Three moments, three consequences:

- While its farm is open a line is simply emptied, as on the sheet: nothing was prepared, nothing remains to be told.
- Once it has closed, and until the pick-up begins, the declaration is kept and the line is taken off the pick list by a
  correction, the door a coordinator would use: the farm gets a revision that says so.
- From then on the papers stay as they are, since they say what was brought; the goods go back and the farm refunds.

Farm and coordinators are told by mail, and the household gets a dated receipt (D221-5).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from holidays import HolidayBase, country_holidays

from cagette.accounts import current_language
from cagette.countries import WITHDRAWAL
from cagette.errors import DomainError
from cagette.mail import Draft, queue
from cagette.models import OutgoingMail, User
from cagette.money import ZERO, line_amount
from deliveries import correcting, recaps
from deliveries.models import Withdrawal, WithdrawalLine
from orders import filling
from orders.locks import hold_stalls_exclusively
from orders.models import Membership, Order, OrderLine, Round, Stall
from orders.models.ordering import counted
from orders.requests import NoSuchOrder
from orders.rounds import database_now, round_facts

logger = logging.getLogger(__name__)

PERIOD = timedelta(days=14)


class NotWithdrawn(DomainError):
    """What was to be withdrawn from can't be, or no longer."""


@dataclass(frozen=True)
class Withdrawable:
    """A line one may withdraw from, and how much of it."""

    line: OrderLine
    quantity: Decimal

    @property
    def open(self) -> bool:
        """Whether its farm is still open: then it is emptied, and that is all."""
        return self.line.offer.stall.state == Stall.State.OPEN

    @property
    def amount(self) -> Decimal:
        return line_amount(self.quantity, self.line.unit_price or ZERO)

    @property
    def deposit(self) -> Decimal:
        return line_amount(self.quantity, self.line.deposit or ZERO)


def offered(round: Round) -> bool:
    """Whether the law of the group's country gives the right."""
    return round.neighbourhood.country in WITHDRAWAL


def last_day(round: Round) -> date:
    """The last day one may withdraw on: the fourteenth after the pick-up, or the next working day (L221-19).

    Holidays are the national ones of the group's country: of which region or canton it is isn't known.
    """
    handed_out = round.delivery_ends_at.astimezone(round.neighbourhood.zone).date()
    day = handed_out + PERIOD
    holidays = _holidays(round.neighbourhood.country)
    while day.weekday() >= 5 or day in holidays:
        day += timedelta(days=1)
    return day


@lru_cache
def _holidays(country: str) -> HolidayBase:
    """The country's days off; it works out each year when it is first asked."""
    return country_holidays(country)


def withdrawable(order: Order, *, at: datetime | None = None) -> list[Withdrawable]:
    """What the household may withdraw from now, farm by farm. Professionals may not. One statement."""
    round = order.round
    over = (at or timezone.now()).astimezone(round.neighbourhood.zone).date() > last_day(round)
    if not offered(round) or over or order.household.professional or round.state == Round.State.CANCELLED:
        return []
    sent_back = Sum("withdrawals__quantity", filter=Q(withdrawals__withdrawal__handed_out=True))
    lines = (
        OrderLine.objects.filter(order=order, offer__perishable=False)
        .filter(offer__stall__state__in=[Stall.State.OPEN, Stall.State.CLOSED])
        .annotate(left=counted() - Coalesce(sent_back, Decimal(0)))
        .filter(left__gt=0)
        .select_related("offer__stall__producer")
        .order_by("offer__stall__producer__name", "offer__stall_id", "offer__position", "pk")
    )
    return [Withdrawable(line, line.left) for line in lines]  # type: ignore[attr-defined]


def made(order: Order) -> QuerySet[Withdrawal]:
    """The withdrawals from an order, the newest first, with their lines."""
    return order.withdrawals.prefetch_related("lines__line__offer__stall__producer")


def of_round(round: Round) -> QuerySet[Withdrawal]:
    """The withdrawals from a round, for its coordinators. Four statements, however many."""
    found = Withdrawal.objects.filter(order__round=round).select_related("order__household")
    return found.prefetch_related("lines__line__offer__stall__producer")


def withdraw(
    order: Order, line_ids: Collection[int], *, key: str, name: str, email: str, by: User | None
) -> Withdrawal | None:
    """Withdraw from whole lines of an order, declared by `name`; the receipt goes to `email`.

    The same `key` declares once. Returns None where all that was needed was emptying lines of farms still open.
    Raises NotWithdrawn when one of them can't be withdrawn from (any more); then nothing is declared.
    """
    lines = OrderLine.objects.filter(order=order, pk__in=line_ids, offer__stall__state=Stall.State.OPEN)
    emptied = list(lines.select_related("offer"))
    _empty(emptied, order, key=key, by=by)
    return _declare(order, set(line_ids) - {line.pk for line in emptied}, key=key, name=name, email=email, by=by)


def _empty(lines: Iterable[OrderLine], order: Order, *, key: str, by: User | None) -> None:
    """By the door of the sheet: a decrease applies at once."""
    for line in lines:
        if not line.wanted and not line.quantity:
            continue
        try:
            answer = filling.save_change(
                user_id=by.pk if by else 0, round_id=order.round_id, household_id=order.household_id,
                stall_id=line.offer.stall_id, offer_id=line.offer_id, key=f"{key}-{line.pk}",
                seen=line.wanted, wanted=Decimal(0),
            )  # fmt: skip
        except NoSuchOrder:
            raise NotWithdrawn(_("This farm is still open: sign in, and empty the line on your sheet.")) from None
        if not answer.accepted:
            raise NotWithdrawn(_("Orders are closing at this moment. Please try again in a minute."))


def _declare(
    order: Order, line_ids: Collection[int], *, key: str, name: str, email: str, by: User | None
) -> Withdrawal | None:
    if not line_ids:
        return None
    with transaction.atomic():
        hold_stalls_exclusively(Stall.objects.filter(offers__lines__in=line_ids).values_list("pk", flat=True))
        rounds = Round.objects.select_for_update(no_key=True, of=("self",)).select_related("neighbourhood", "place")
        round = rounds.get(pk=order.round_id)
        order = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("household").get(pk=order.pk)
        order.round = round
        declared = order.withdrawals.filter(key=key).first()
        if declared is not None:
            return declared
        now = database_now()
        chosen = [each for each in withdrawable(order, at=now) if each.line.pk in line_ids and not each.open]
        if len(chosen) != len(set(line_ids)):
            raise NotWithdrawn(_("One of these can't be withdrawn from any more. Please look again at what is left."))
        withdrawal = Withdrawal.objects.create(
            order=order, key=key, name=name, email=email, handed_out=now >= round.delivery_starts_at, by=by, at=now
        )
        WithdrawalLine.objects.bulk_create(
            WithdrawalLine(
                withdrawal=withdrawal,
                line=each.line,
                quantity=each.quantity,
                amount=each.amount,
                deposit=each.deposit,
            )
            for each in chosen
        )
        if not withdrawal.handed_out:
            with translation.override(settings.LANGUAGE_CODE):
                reason = gettext("The household has withdrawn from the contract.")
            correcting.take_off(order, [each.line for each in chosen], by=by, reason=reason)
        _tell(withdrawal, chosen)
    logger.info("withdrawal %s from order %s", withdrawal.pk, order.pk)
    return withdrawal


def _tell(withdrawal: Withdrawal, lines: list[Withdrawable]) -> None:
    """The receipt to the household, what concerns it to each farm, and all of it to the coordinators."""
    order, round = withdrawal.order, withdrawal.order.round
    zone = round.neighbourhood.zone
    by_stall: dict[int, list[Withdrawable]] = {}
    for each in lines:
        by_stall.setdefault(each.line.offer.stall_id, []).append(each)
    farms = {stall_id: _farm(of_stall) for stall_id, of_stall in by_stall.items()}
    data = round_facts(round) | {
        "household": {"number": order.household.pick_up_number, "name": order.household.name,
                      "phone": order.household.phone},
        "order": order.pk,
        "declared": {"by": withdrawal.name, "at": _said(withdrawal.at, zone)},
        "handed_out": withdrawal.handed_out,
        "farms": list(farms.values()),
        "round_link": settings.SITE_URL + reverse("deliveries:round", args=[round.pk]),
    }  # fmt: skip
    key = f"withdrawal:{withdrawal.pk}"
    queue(
        [
            _draft(f"{key}:receipt", "withdrawal_receipt", data, withdrawal.email, current_language(), round),
            *(
                _draft(f"{key}:coordinator:{address}", "withdrawal_coordinator", data, address, language, round)
                for address, language in recaps.coordinator_addresses(round)
            ),
        ]
    )
    for stall_id, of_stall in by_stall.items():
        stall = of_stall[0].line.offer.stall
        stall.round = round
        recaps.tell_farm(stall, f"{key}:farm:{stall_id}", "withdrawal_farm", data | {"farms": [farms[stall_id]]})


def _farm(lines: list[Withdrawable]) -> dict[str, Any]:
    producer = lines[0].line.offer.stall.producer
    return {
        "producer": producer.name,
        "address": producer.address,
        "phone": producer.phone,
        "lines": [
            recaps.words_of(each.line.offer)
            | {"quantity": f"{each.quantity.normalize():f}", "amount": str(each.amount)}
            for each in lines
        ],
        "amount": str(sum((each.amount for each in lines), ZERO)),
        "deposit": str(sum((each.deposit for each in lines), ZERO)),
    }


def _said(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()


def _draft(key: str, template: str, data: dict[str, Any], email: str, language: str, round: Round) -> Draft:
    return Draft(
        key=key,
        template=f"deliveries/mail/{template}",
        data=data,
        recipient=email,
        language=language,
        priority=OutgoingMail.Priority.NEWS,
        about=f"round:{round.pk}",
    )


def may_empty(order: Order, user: User | None) -> bool:
    """Whether `user` fills the household's sheet: then lines of farms still open may be emptied from here too."""
    if user is None:
        return False
    return Membership.objects.active().filter(household=order.household_id, user=user).exists()
