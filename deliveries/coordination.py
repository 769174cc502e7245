"""What the coordinator's desk shows. Each function takes the same number of statements however many rows there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from cagette.models import OutgoingMail, User
from cagette.money import Money
from deliveries.models import PickList
from deliveries.recaps import addresses_of
from orders import sums
from orders.allocation import cases_to_order
from orders.models import Offer, Order, OrderLine, Round, Stall
from orders.models.ordering import ordered
from orders.models.rounds import RoundQuerySet
from orders.sums import Summed
from producers.models import PickListRecipient, ProducerMember

# How long after the hand-over a round stays among the current ones.
STILL_CURRENT = timedelta(days=2)


# The desk


@dataclass(frozen=True)
class Shelf:
    """Rounds at the same point of their life."""

    key: str
    rounds: list[Round]


SHELVES = {
    "overdue": "closing",
    "open": "open",
    "closed": "handing_out",
    "upcoming": "upcoming",
    "proposed": "proposed",
}


def with_standing(rounds: RoundQuerySet) -> RoundQuerySet:
    """With the sums of `sums.summed`, `buyers`, `invited`, `taking_part`, `waiting` (farms below their minimum), and
    `unseen` pick lists.
    """
    found = OrderLine.objects.filter(order__round=OuterRef("pk")).confirmed()
    lines = found.order_by().values("order__round")
    stalls = Stall.objects.filter(round=OuterRef("pk")).order_by().values("round")
    taking_part = ~Q(state__in=[Stall.State.DROPPED, Stall.State.DECLINED]) & Q(answer=Stall.Answer.ACCEPTED)
    unseen = (
        PickList.objects.newest()
        .filter(stall__round=OuterRef("pk"), stall__state=Stall.State.CLOSED, acknowledged_at=None)
        .order_by()
        .values("stall__round")
    )
    return rounds.select_related("neighbourhood", "place").annotate(
        **sums.summed(found),
        buyers=Coalesce(Subquery(lines.annotate(n=Count("order", distinct=True)).values("n")), 0),
        invited=Coalesce(Subquery(stalls.annotate(n=Count("pk")).values("n")), 0),
        taking_part=Coalesce(Subquery(stalls.annotate(n=Count("pk", filter=taking_part)).values("n")), 0),
        waiting=Coalesce(Subquery(stalls.filter(state=Stall.State.WAITING).annotate(n=Count("pk")).values("n")), 0),
        unseen=Coalesce(Subquery(unseen.annotate(n=Count("pk")).values("n")), 0),
    )


def _over() -> Q:
    past = Q(delivery_ends_at__lt=timezone.now() - STILL_CURRENT)
    return Q(state__in=[Round.State.SETTLED, Round.State.CANCELLED]) | (
        past & Q(state__in=[Round.State.CLOSED, Round.State.PROPOSED])
    )


def current_shelves(user: User) -> list[Shelf]:
    """The rounds `user` runs now, the most pressing first."""
    rounds = with_standing(Round.objects.coordinated_by(user).exclude(_over())).order_by("delivery_starts_at", "pk")
    shelves: dict[str, list[Round]] = {phase: [] for phase in SHELVES}
    for round in rounds:
        shelves[round.phase()].append(round)
    return [Shelf(SHELVES[phase], found) for phase, found in shelves.items() if found]


def past_rounds(user: User) -> RoundQuerySet:
    return with_standing(Round.objects.coordinated_by(user).filter(_over())).order_by("-delivery_starts_at", "-pk")


# One round


@dataclass(frozen=True)
class Case:
    """A product sold by the case, and how its cases fill up."""

    name: str
    size: Decimal
    ordered: Decimal
    tolerance: Decimal
    whole: int

    @property
    def begun(self) -> Decimal:
        """What lies in the case that isn't full; 0 when all are, or when tolerances fill it."""
        return self.ordered % self.size if self.whole * self.size < self.ordered else Decimal(0)

    @property
    def missing(self) -> Decimal:
        return self.size - self.begun


@dataclass
class Farm:
    """One farm's part in a round, as its coordinator sees it."""

    stall: Stall
    reached_by_mail: bool = False
    due: Summed = field(default_factory=Summed)
    buyers: int = 0
    cases: list[Case] = field(default_factory=list)
    pick_list: PickList | None = None
    pick_list_mail: str = ""

    @property
    def goods(self) -> Money:
        """What its orders come to without deposits: a minimum is about these."""
        return Money(self.due.goods, self.stall.round.currency)

    @property
    def missing(self) -> Money:
        """What is still missing to the farm's minimum."""
        minimum = self.stall.minimum_amount
        return max(minimum - self.goods, minimum * 0) if minimum else self.goods * 0

    @property
    def state(self) -> str:
        """The word for its badge: an invitation's answer as long as the stall isn't set up, then the stall's state."""
        if self.stall.state == Stall.State.PENDING and self.stall.answer:
            return self.stall.answer
        return self.stall.state

    @property
    def closes_early(self) -> bool:
        return self.stall.closes_at != self.stall.round.closes_at


def farms_of(round: Round) -> list[Farm]:
    """Every farm that was invited, with what is ordered there and what became of its pick list. Four statements."""
    lines = OrderLine.objects.filter(offer__stall=OuterRef("pk")).confirmed()
    buyers = lines.order_by().values("offer__stall").annotate(n=Count("order", distinct=True))
    stalls = (
        Stall.objects.filter(round=round)
        .select_related("producer", "catalog", "answered_by")
        .annotate(
            reached=Exists(PickListRecipient.objects.filter(producer=OuterRef("producer")))
            | Exists(ProducerMember.objects.filter(producer=OuterRef("producer"))),
            buyers=Coalesce(Subquery(buyers.values("n")), 0),
            **sums.summed(lines),
        )
        .order_by("producer__name", "pk")
    )
    farms = {}
    for stall in stalls:
        stall.round = round
        farms[stall.pk] = Farm(
            stall,
            reached_by_mail=stall.reached,  # type: ignore[attr-defined]
            due=Summed.of(stall, round.currency),
            buyers=stall.buyers,  # type: ignore[attr-defined]
        )
    for stall_id, case in _cases(round):
        farms[stall_id].cases.append(case)
    for pick_list in PickList.objects.newest().filter(stall__round=round).defer("rows").order_by("pk"):
        farms[pick_list.stall_id].pick_list = pick_list
    for farm_id, revision, state in _pick_list_mails(round):
        farm = farms[farm_id]
        if farm.pick_list is not None and farm.pick_list.revision == revision:
            farm.pick_list_mail = _graver(farm.pick_list_mail, state)
    return list(farms.values())


def _cases(round: Round) -> Iterable[tuple[int, Case]]:
    offers = (
        Offer.objects.filter(stall__round=round, case_size__isnull=False)
        .annotate(total=Sum("lines__quantity"), extra=Sum("lines__tolerance"))
        .filter(total__gt=0)
        .order_by("position", "pk")
        .values_list("stall", "name", "case_size", "total", "extra")
    )
    for stall_id, name, size, total, extra in offers:
        assert size is not None
        yield stall_id, Case(name, size, total, extra, cases_to_order(size, total, extra, None))


def _pick_list_mails(round: Round) -> Iterable[tuple[int, int, str]]:
    """Of each mail with a pick list of the round: stall, revision, state. Its key has them."""
    mails = OutgoingMail.objects.about(f"round:{round.pk}").filter(key__startswith="pick-list:")
    fields = ("key", "sent_at", "failed_at", "superseded_at")
    for mail in mails.order_by("pk").only(*fields):
        _word, stall_id, revision, _rest = mail.key.split(":", 3)
        yield int(stall_id), int(revision), mail.state


def _graver(one: str, other: str) -> str:
    """Of the states of several copies the one to be told: any failure first, then what hasn't left yet."""
    order = ["failed", "queued", "sent", "superseded", ""]
    return min(one, other, key=order.index)


@dataclass
class Sheet:
    """One household's order in a round."""

    order: Order
    reached_by_mail: bool
    due: Summed

    @property
    def state(self) -> str:
        """A badge: `wanted` while something waits for the button, `confirmed`, or nothing."""
        if self.order.to_confirm:  # type: ignore[attr-defined]
            return "wanted"
        return "confirmed" if self.order.lines_ordered else ""  # type: ignore[attr-defined]


def sheets_of(round: Round) -> list[Sheet]:
    """The households that have filled in something. Two statements."""
    lines = OrderLine.objects.filter(order=OuterRef("pk")).confirmed()
    orders = list(
        Order.objects.filter(round=round)
        .select_related("household")
        .annotate(
            **sums.summed(lines),
            lines_ordered=Count("lines", filter=ordered("lines")),
            to_confirm=Count(
                "lines",
                filter=Q(lines__wanted__gt=F("lines__quantity"))
                | Q(lines__wanted_tolerance__gt=F("lines__tolerance"), lines__wanted__gt=0),
            ),
        )
        .filter(Q(lines_ordered__gt=0) | Q(to_confirm__gt=0))
        .order_by("household__pick_up_number")
    )
    reached = addresses_of(order.household_id for order in orders)
    return [Sheet(order, order.household_id in reached, Summed.of(order, round.currency)) for order in orders]


@dataclass(frozen=True)
class Stakes:
    """Whom an action concerns, to say so before it is done."""

    households: int
    unconfirmed: int
    farms: int
    lists: int


def stakes(round: Round, stall: Stall | None = None) -> Stakes:
    """What hangs on the round, or on one farm of it. Three statements."""
    lines = OrderLine.objects.filter(order__round=round).exclude(offer__stall__state=Stall.State.DROPPED)
    stalls = Stall.objects.filter(round=round).exclude(state__in=[Stall.State.DROPPED, Stall.State.DECLINED])
    if stall is not None:
        lines, stalls = lines.filter(offer__stall=stall), stalls.filter(pk=stall.pk)
    counted = lines.aggregate(
        households=Count("order", distinct=True, filter=ordered()),
        unconfirmed=Count("order", distinct=True, filter=Q(wanted__gt=F("quantity"))),
    )
    return Stakes(
        **counted, farms=stalls.count(), lists=stalls.filter(state=Stall.State.CLOSED, pick_lists__revision=1).count()
    )


# Mails


def mails_of(round: Round) -> QuerySet[OutgoingMail]:
    """The round's mails, what went wrong first, never one with a secret."""
    return (
        OutgoingMail.objects.about(f"round:{round.pk}")
        .filter(secret=False)
        .select_related("asked_by")
        .prefetch_related("attachments")
        .order_by(F("failed_at").desc(nulls_last=True), "-pk")
    )


def counts_of_mails(round: Round) -> dict[str, int]:
    finished = Q(sent_at=None, failed_at=None, superseded_at=None)
    return (
        OutgoingMail.objects.about(f"round:{round.pk}")
        .filter(secret=False)
        .aggregate(
            sent=Count("pk", filter=Q(sent_at__isnull=False)),
            failed=Count("pk", filter=Q(failed_at__isnull=False)),
            queued=Count("pk", filter=finished),
        )
    )
