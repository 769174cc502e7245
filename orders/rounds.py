"""A round up to its close: propose, invite, answer, publish, open, extend, remind. One function per transition, each
the only door.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.errors import DomainError, WrongState
from cagette.mail import Draft, queue
from cagette.models import OutgoingMail, User
from cagette.money import Money
from catalogs.locks import hold, require_held
from catalogs.models import Catalog, Product, Supply
from catalogs.models.products import SNAPSHOT
from orders.locks import hold_stalls_exclusively
from orders.models import Neighbourhood, Offer, Place, Round, RoundCoordinator, Stall, Transition
from orders.recording import NOTHING, Kind, now_is, record, record_parts

INVITATION_SALT = "orders.invitation"


class RoundRefused(DomainError):
    """The round can't be as asked: its times, its place or its farms."""


def propose(
    *,
    by: User,
    neighbourhood: Neighbourhood,
    place: Place,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    delivery_starts_at: datetime,
    delivery_ends_at: datetime,
    catalogs: Sequence[Catalog],
    note: str = "",
    latecomers: str = "",
) -> Round:
    """Propose a round; whoever proposes it coordinates it. The farms are invited by mail, one stall each."""
    if not opens_at < closes_at <= delivery_starts_at < delivery_ends_at:
        raise RoundRefused(_("Orders open, then close, then comes the pick-up: please check the times."))
    if delivery_starts_at <= timezone.now():
        raise RoundRefused(_("The pick-up day has already passed."))
    if place.neighbourhood_id != neighbourhood.pk:
        raise RoundRefused(_("This pick-up point belongs to another neighbourhood."))
    with transaction.atomic():
        neighbourhood = Neighbourhood.objects.get(pk=neighbourhood.pk)
        round = Round.objects.create(
            neighbourhood=neighbourhood,
            currency=neighbourhood.currency,
            place=place,
            title=title,
            note=note,
            latecomers=latecomers,
            opens_at=opens_at,
            closes_at=closes_at,
            delivery_starts_at=delivery_starts_at,
            delivery_ends_at=delivery_ends_at,
            created_by=by,
        )
        RoundCoordinator.objects.create(round=round, user=by)
        proposed = record(Kind.PROPOSED, round, NOTHING, by=by)
        for catalog in catalogs:
            invite(round, catalog, by=by, part_of=proposed)
    return round


def invite(round: Round, catalog: Catalog, *, by: User, part_of: Transition | None = None) -> Stall:
    """Ask a farm to take part with one of its catalogs; its members and pick list addresses get a link to answer by.

    `part_of` is the proposal that the invitation came with.
    """
    with transaction.atomic():
        round = _locked(round)
        if round.state not in (Round.State.PROPOSED, Round.State.PUBLISHED) or round.closes_at <= timezone.now():
            raise WrongState(_("This group order is past: no farm can be invited any more."))
        if catalog.published_at is None:
            raise RoundRefused(_("This catalogue isn't published yet."))
        if catalog.currency != round.currency:
            raise RoundRefused(
                _("The catalogue “%(catalog)s” has its prices in %(theirs)s, and this group orders in %(ours)s.")
                % {"catalog": catalog, "theirs": catalog.currency, "ours": round.currency}
            )
        if round.stalls.filter(producer=catalog.producer_id).exists():
            raise RoundRefused(_("This farm has already been invited."))
        stall = Stall.objects.create(
            round=round,
            producer_id=catalog.producer_id,
            catalog=catalog,
            closes_at=round.closes_at,
            minimum_amount_currency=round.currency,
        )
        record(Kind.INVITED, stall, NOTHING, by=by, part_of=part_of)
        data = round_facts(round) | {
            "producer": stall.producer.name,
            "proposed_by": by.get_full_name(),
            "note": round.note,
            "link": settings.SITE_URL + reverse("orders:answer_link", args=[invitation_token(stall)]),
        }
        queue(
            Draft(
                key=f"invitation:{stall.pk}:{email}",
                template="orders/mail/invitation",
                data=data,
                recipient=email,
                language=language,
                priority=OutgoingMail.Priority.NEWS,
                about=f"round:{round.pk}",
            )
            for email, language in producer_addresses(stall)
        )
    return stall


def accept(
    stall: Stall,
    *,
    by: User | None,
    how: str,
    closes_at: datetime | None = None,
    minimum_amount: Decimal | None = None,
    below_minimum: str | None = None,
    word: str = "",
) -> None:
    """The farm takes part. It may close earlier than the round, and ask for a minimum (incl. VAT, in the
    round's currency).

    `how` is a `Stall.Channel`; `by` is None for the signed link, which needs no login. While the round is published
    already, the stall opens at once. Saying yes again changes the terms, until the round is published.
    """
    with transaction.atomic():
        hold(stall.catalog_id)
        hold_stalls_exclusively([stall.pk])
        round = _locked(stall.round)
        stall = Stall.objects.select_for_update(no_key=True).get(pk=stall.pk)
        _answerable(round, stall)
        if closes_at is not None and not round.opens_at < closes_at <= round.closes_at:
            raise RoundRefused(_("The farm's close lies between the opening and the close of the group order."))
        if closes_at is not None and closes_at <= timezone.now():
            raise RoundRefused(_("The farm's close has already passed: choose a later one."))
        was = now_is(stall)
        stall.answer, stall.answered_by, stall.answered_how = Stall.Answer.ACCEPTED, by, how
        stall.answered_at = timezone.now()
        stall.state = Stall.State.PENDING
        stall.closes_at = closes_at or round.closes_at
        stall.minimum_amount = None if minimum_amount is None else Money(minimum_amount, round.currency)
        stall.below_minimum = below_minimum or stall.below_minimum
        stall.word = word
        stall.save()
        if round.state == Round.State.PUBLISHED:
            _set_up(stall)
        again = was["answer"] == Stall.Answer.ACCEPTED
        record(Kind.TERMS if again else Kind.ACCEPTED, stall, was, by=by, how=how, reason=word)


def decline(stall: Stall, *, by: User | None, how: str, word: str = "") -> None:
    """The farm doesn't take part this time."""
    with transaction.atomic():
        hold_stalls_exclusively([stall.pk])
        round = _locked(stall.round)
        stall = Stall.objects.select_for_update(no_key=True).get(pk=stall.pk)
        _answerable(round, stall)
        was = now_is(stall)
        stall.answer, stall.answered_by, stall.answered_how = Stall.Answer.DECLINED, by, how
        stall.answered_at = timezone.now()
        stall.state = Stall.State.DECLINED
        stall.word = word
        stall.save()
        record(Kind.DECLINED, stall, was, by=by, how=how, reason=word)


def _answerable(round: Round, stall: Stall) -> None:
    if round.state not in (Round.State.PROPOSED, Round.State.PUBLISHED) or round.closes_at <= timezone.now():
        raise WrongState(_("This group order is past: it can't be answered any more."))
    if stall.state not in (Stall.State.PENDING, Stall.State.DECLINED):
        raise WrongState(_("This farm's stall has already been set up; ask the coordinator to call it off."))


def publish(round: Round, *, by: User) -> None:
    """Snapshot the offers of the farms that accepted, and let the clock open the round.

    Raises `WrongState` unless it is proposed, `RoundRefused` while no farm has accepted or the window is past.
    """
    with transaction.atomic():
        held = hold(*round.stalls.values_list("catalog", flat=True))
        hold_stalls_exclusively(_stall_ids(round))
        round = _locked(round)
        if round.state != Round.State.PROPOSED:
            raise WrongState(_("This group order has already been published."))
        if round.closes_at <= timezone.now():
            raise RoundRefused(_("Its closing time has passed: set a later one first."))
        accepted = list(round.stalls.filter(state=Stall.State.PENDING, answer=Stall.Answer.ACCEPTED).order_by("pk"))
        if not accepted:
            raise RoundRefused(_("No farm has accepted yet."))
        if any(stall.catalog_id not in held for stall in accepted):
            raise RoundRefused(_("Another farm has accepted at this very moment: please publish again."))
        # Publishing freezes the group's country and currency (orders.settling): one of the two comes first.
        neighbourhood = Neighbourhood.objects.select_for_update(no_key=True).get(pk=round.neighbourhood_id)
        if neighbourhood.currency != round.currency:
            raise RoundRefused(
                _("The group orders in %(ours)s now, and this order was proposed in %(theirs)s. Propose it anew.")
                % {"ours": neighbourhood.currency, "theirs": round.currency}
            )
        was, were = now_is(round), [now_is(stall) for stall in accepted]
        round.state = Round.State.PUBLISHED
        round.published_at = timezone.now()
        round.save(update_fields=["state", "published_at"])
        for stall in accepted:
            _set_up(stall)
        record_parts(Kind.OPENED, record(Kind.PUBLISHED, round, was, by=by), accepted, were, by=by)


def _set_up(stall: Stall) -> None:
    """Open a stall, held exclusively, with a snapshot of every available product, each with its supply.

    Its catalog is held, too: the snapshot is that of a moment between two edits.
    """
    require_held([stall.catalog_id])
    products = list(Product.objects.filter(catalog=stall.catalog_id, available=True).order_by("position", "pk"))
    shared = {
        supply.product_id: supply
        for supply in Supply.objects.filter(product__in=products, shared=True, ended_at=None).order_by("pk")
    }
    own = [Supply(product=product, quantity=product.stock) for product in products if product.pk not in shared]
    supplies = shared | {supply.product_id: supply for supply in Supply.objects.bulk_create(own)}
    Offer.objects.bulk_create(
        Offer(
            stall=stall,
            product=product,
            supply=supplies[product.pk],
            position=place,
            **{field: getattr(product, field) for field in SNAPSHOT},
        )
        for place, product in enumerate(products, 1)
    )
    stall.state = Stall.State.OPEN
    stall.save(update_fields=["state"])


def open_now(round: Round, *, by: User) -> None:
    """Let people order from this moment, before the time that was announced."""
    with transaction.atomic():
        round = _locked(round)
        if round.state != Round.State.PUBLISHED:
            raise WrongState(_("Only a published group order can be opened."))
        if round.opens_at <= timezone.now():
            raise WrongState(_("This group order is already open."))
        was = now_is(round)
        round.opens_at = timezone.now()
        round.save(update_fields=["opens_at"])
        record(Kind.OPENED, round, was, by=by)


def extend(round: Round, closes_at: datetime, *, by: User) -> None:
    """Give people longer: the round and each stall that closes with it.

    A stall with an earlier close of its own keeps it, and one that has closed stays closed: a deadline that has
    passed is never extended.
    """
    with transaction.atomic():
        hold_stalls_exclusively(_stall_ids(round))
        round = _locked(round)
        if round.state not in (Round.State.PROPOSED, Round.State.PUBLISHED) or round.closes_at <= database_now():
            raise WrongState(_("This group order has closed: its deadline can't be moved any more."))
        if closes_at <= round.closes_at:
            raise RoundRefused(_("The new close must be later than the old one."))
        if closes_at > round.delivery_starts_at:
            raise RoundRefused(_("Orders must close before the pick-up begins."))
        unfinished = [Stall.State.PENDING, Stall.State.OPEN]
        with_it = Stall.objects.filter(round=round, state__in=unfinished, closes_at=round.closes_at)
        stalls = list(with_it.order_by("pk"))
        was, were = now_is(round), [now_is(stall) for stall in stalls]
        with_it.update(closes_at=closes_at)
        round.closes_at = closes_at
        for stall in stalls:
            stall.closes_at = closes_at
        round.save(update_fields=["closes_at"])
        record_parts(Kind.EXTENDED, record(Kind.EXTENDED, round, was, by=by), stalls, were, by=by)


def invitation_token(stall: Stall) -> str:
    """What the link in the invitation carries: it answers for this one stall, without a login."""
    return signing.dumps(stall.pk, salt=INVITATION_SALT, compress=False)


def stall_from_token(token: str) -> Stall | None:
    """The stall a link answers for; None when the link was not made here."""
    try:
        pk = signing.loads(token, salt=INVITATION_SALT)
    except signing.BadSignature:
        return None
    return Stall.objects.select_related("round__neighbourhood", "round__place", "producer").filter(pk=pk).first()


def producer_addresses(stall: Stall) -> list[tuple[str, str]]:
    """Where mails to a farm go, as (address, language): its pick list addresses, else its members'."""
    recipients = list(stall.producer.pick_list_recipients.order_by("pk").values_list("email", "language"))
    members = stall.producer.members.filter(user__is_active=True, user__scrubbed_at=None)
    return recipients or list(members.order_by("pk").values_list("user__email", "user__language"))


def round_facts(round: Round) -> dict[str, Any]:
    """What every mail about a round says of it: plain JSON, times in ISO with their offset."""
    zone = round.neighbourhood.zone
    coordinators = User.objects.filter(coordinated_rounds__round=round, scrubbed_at=None).order_by("pk")
    return {
        "round": {
            "id": round.pk,
            "title": round.title,
            "link": settings.SITE_URL + reverse("orders:round", args=[round.pk]),
        },
        "neighbourhood": round.neighbourhood.name,
        "currency": round.currency,
        "place": {"name": round.place.name, "address": round.place.address, "access": round.place.access},
        "zone": round.neighbourhood.time_zone,
        "delivery": {
            "starts": round.delivery_starts_at.astimezone(zone).isoformat(),
            "ends": round.delivery_ends_at.astimezone(zone).isoformat(),
        },
        "opens": round.opens_at.astimezone(zone).isoformat(),
        "closes": round.closes_at.astimezone(zone).isoformat(),
        "coordinators": [{"name": user.get_full_name(), "phone": user.phone} for user in coordinators],
        "latecomers": round.latecomers,
    }


def _stall_ids(round: Round) -> list[int]:
    return list(Stall.objects.filter(round=round.pk).order_by("pk").values_list("pk", flat=True))


def _locked(round: Round) -> Round:
    """The round as it is, its row locked. Stalls are locked before it, never after."""
    return (
        Round.objects.select_for_update(no_key=True, of=("self",))
        .select_related("neighbourhood", "place")
        .get(pk=round.pk)
    )


def database_now() -> datetime:
    """The clock that decides (rule 2), read in a statement of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
