"""What the neighbours did together: some weeks of group orders, in every state that a group order can be in.

Everything passes through the verbs that people use, now; `dating.py` then moves what is past to its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from cagette import wording
from cagette.models import User
from catalogs import supplies
from catalogs.models import Product
from deliveries import closing, correcting, granting, pick_lists
from deliveries.demo import dating, people
from deliveries.demo.content import Farm, Quarter
from deliveries.demo.farms import APPLES, BREAD, FARMS, FLOUR, GOATS, HERBS, HONEY, JUICE, LAMB, TROUT, VEGETABLES
from deliveries.demo.ordering import basket, chance, confirm, fill, offers_of
from deliveries.demo.village import Village
from deliveries.models import Correction, PickList
from orders import announcing, rounds
from orders.models import Household, Membership, Offer, Order, OrderLine, Round, Stall

# The group order whose close a newcomer can watch.
CLOSES_WITHIN = timedelta(minutes=3)


@dataclass(frozen=True)
class Plan:
    """A group order as somebody proposes it. `terms` holds what a farm asks for when it accepts.

    Who takes what follows from `seed`, so that it is the same whatever the day.
    """

    seed: str
    quarter: Quarter
    title: str
    opens: datetime
    closes: datetime
    pick_up: datetime
    farms: Sequence[Farm]
    note: str = ""
    latecomers: str = "Prévenez avant la fin : votre cagette attend jusqu'au lendemain midi chez qui coordonne."
    by: str = ""
    lasts: timedelta = timedelta(hours=2)
    terms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def day(days: int, hour: str) -> datetime:
    """So many days from today at that hour, on the neighbourhoods' clocks."""
    date = timezone.localdate() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(date, time.fromisoformat(hour)))


def named(pick_up: datetime) -> str:
    """Such as "Commande du jeudi 3 décembre"; what people wrote stays as they wrote it, so it is French for all."""
    with override("fr"):
        return f"Commande du {wording.day(pick_up, now=pick_up)}"


def tell(village: Village) -> None:
    for weeks, quarter, farms in HISTORY:
        a_settled_round(village, weeks, quarter, farms)
    share_supplies(village)
    a_closed_round(village)
    a_round_with_a_farm_below_its_minimum(village)
    a_round_called_off(village)
    a_round_about_to_close(village)
    the_big_open_round(village)
    an_open_round_that_shares_supplies(village)
    an_open_round_among_neighbours(village)
    an_upcoming_round(village)
    a_proposed_round(village)
    for round_id in announcing.due_rounds():
        announcing.announce(round_id)
    dating.date_what_is_past()


# How many weeks ago, for whom, with which farms.
HISTORY = (
    (4, people.SAINTE_CATHERINE, (GOATS, VEGETABLES, BREAD, HONEY)),
    (3, people.SAINTE_CATHERINE, (GOATS, VEGETABLES, BREAD, APPLES, JUICE)),
    (3, people.GARGOUILLE, (GOATS, VEGETABLES, FLOUR)),
    (2, people.SAINTE_CATHERINE, (GOATS, VEGETABLES, BREAD, TROUT)),
    (2, people.VILLAR, (GOATS, LAMB, HERBS)),
    (1, people.SAINTE_CATHERINE, (GOATS, VEGETABLES, BREAD, HONEY, APPLES)),
    (1, people.GARGOUILLE, (GOATS, BREAD, JUICE)),
    (1, people.CLAREE, (GOATS, VEGETABLES)),
)


def a_settled_round(village: Village, weeks: int, quarter: Quarter, farms: Sequence[Farm]) -> None:
    pick_up = day(-7 * weeks, "17:30")
    plan = Plan(
        f"{quarter.slug}, {weeks} weeks ago", quarter, named(pick_up), pick_up - timedelta(days=7),
        pick_up - timedelta(hours=46), pick_up, farms,
    )  # fmt: skip
    round = published(village, plan)
    offers = offers_of(round)
    for household in homes(village, quarter)[: 14 - 2 * weeks]:
        order(round, plan, offers, household, least=4, most=8)
    let_close(round, plan)
    for pick_list in PickList.objects.filter(stall__round=round):
        pick_lists.acknowledge(pick_list, how=PickList.Channel.LINK, by=None)
    dating.settle(round, by=the_coordinator(round))


def share_supplies(village: Village) -> None:
    """What there is of some products, for all neighbourhoods together."""
    for farm in FARMS:
        for name, quantity in farm.shared.items():
            product = Product.objects.get(catalog=village.catalogs[farm.code], name=name)
            supplies.start(product, Decimal(quantity), by=village.owner(farm))


def a_closed_round(village: Village) -> None:
    """Closed last night, handed out tomorrow: pick lists are out, most have been seen, one line was corrected."""
    pick_up = day(1, "17:30")
    plan = Plan(
        "closed", people.SAINTE_CATHERINE, named(pick_up), day(-7, "18:00"), day(-1, "20:00"), pick_up,
        (GOATS, VEGETABLES, BREAD, TROUT, HONEY), note="Pensez à rapporter les bocaux et les cagettes vides.",
    )  # fmt: skip
    round = published(village, plan)
    offers = offers_of(round)
    for household in homes(village, plan.quarter):
        order(round, plan, offers, household, least=4, most=9)
    let_close(round, plan)
    stalls = list(round.stalls.order_by("pk"))
    for stall, how in zip(stalls, ("link", "page", "phone", "link"), strict=False):
        by = {"page": producer_of(stall), "phone": village.users[people.COORDINATOR]}.get(how)
        pick_lists.acknowledge(stall.pick_lists.get(), how=how, by=by)
    dating.take_mails_for_sent()
    honey = next(stall for stall in stalls if stall.catalog_id == village.catalogs[HONEY.code].pk)
    line = OrderLine.objects.filter(offer__stall=honey).confirmed().order_by("-quantity", "pk")[0]
    correcting.correct_line(
        line.order, line.offer, line.counted_now - line.offer.step, by=village.users[people.COORDINATOR],
        reason="Un pot cassé.", cause=Correction.Cause.MISSING,
    )  # fmt: skip
    bread = next(stall for stall in stalls if stall.catalog_id == village.catalogs[BREAD.code].pk)
    unlimited = OrderLine.objects.filter(offer__stall=bread, offer__supply__quantity=None)
    line = unlimited.confirmed().exclude(order=line.order).order_by("-quantity", "pk")[0]
    granting.offer_more(
        line.order, line.offer, line.offer.step, by=village.users[people.COORDINATOR],
        reason="La boulangère en a cuit un de plus.",
    )  # fmt: skip


def a_round_with_a_farm_below_its_minimum(village: Village) -> None:
    """Closed an hour ago. The lambs' farm doesn't come down for so little: the coordinators have to say."""
    plan = Plan(
        "below the minimum", people.SAINTE_CATHERINE, "Viandes, farines et tisanes", day(-6, "12:00"),
        timezone.now() - timedelta(hours=1), day(3, "18:00"), (LAMB, FLOUR, HERBS),
        note="Apportez une glacière pour la viande.",
        terms={LAMB.code: {"minimum_amount": Decimal(300), "below_minimum": Stall.BelowMinimum.ASK,
                           "word": "À moins de 300 €, le voyage ne vaut pas la peine : appelez-nous."}},
    )  # fmt: skip
    round = published(village, plan)
    offers = offers_of(round)
    lamb = [offer for offer in offers if offer.stall.catalog_id == village.catalogs[LAMB.code].pk]
    others = [offer for offer in offers if offer not in lamb]
    for household in homes(village, plan.quarter)[1:10]:
        wanted = basket(others, household, seed=plan.seed, least=3, most=6)
        if chance(plan.seed, household.name).random() < 0.6 and not household.professional:
            wanted |= basket(lamb, household, seed="meat", least=1, most=2)
        confirm(round, household, wanted, by=who_orders(household, round))
    let_close(round, plan)


def a_round_called_off(village: Village) -> None:
    pick_up = day(2, "18:00")
    plan = Plan(
        "called off",
        people.GARGOUILLE,
        named(pick_up),
        day(-5, "18:00"),
        day(1, "12:00"),
        pick_up,
        (TROUT, BREAD, APPLES),
    )
    round = published(village, plan)
    offers = offers_of(round)
    for household in homes(village, plan.quarter)[:6]:
        order(round, plan, offers, household, least=2, most=5)
    correcting.call_off_round(
        round,
        by=the_coordinator(round),
        reason="La place est prise par une fête ce soir-là : on remet cela à la semaine prochaine.",
    )


def a_round_about_to_close(village: Village) -> None:
    """Whoever has just started Cagette sees its pick lists arrive."""
    now = timezone.now()
    pick_up = day(2, "17:30")
    plan = Plan(
        "about to close", people.SAINTE_CATHERINE, named(pick_up), day(-5, "18:00"), now + CLOSES_WITHIN, pick_up,
        (GOATS, VEGETABLES, BREAD, HONEY, TROUT, JUICE),
        note="Cette commande se termine dans quelques minutes : les bons de préparation partent aussitôt.",
        terms={GOATS.code: {"word": "Les premières bûches cendrées de la saison sont prêtes !"}},
    )  # fmt: skip
    round = published(village, plan)
    undecided = (people.CONSUMER, "victor@example.org", "noemie@example.org")
    offers = offers_of(round)
    for household in homes(village, plan.quarter):
        if household.memberships.filter(user__email__in=undecided).exists():
            wanted = basket(offers, household, seed=plan.seed, least=4, most=6)
            fill(round, household, wanted, by=who_orders(household, round))
        else:
            order(round, plan, offers, household, least=6, most=11)


def the_big_open_round(village: Village) -> None:
    """All ten farms, open for some days more; the bread closes a day earlier."""
    pick_up = day(6, "17:00")
    plan = Plan(
        "big", people.SAINTE_CATHERINE, "La grande commande du mois", day(-2, "08:00"), day(4, "20:00"), pick_up, FARMS,
        note="Les dix fermes sont là ! Venez avec des sacs solides, et prévenez si vous pouvez aider à décharger.",
        lasts=timedelta(hours=3),
        terms={
            BREAD.code: {"closes_at": day(3, "20:00"), "word": "La pâte lève la veille : merci de commander tôt."},
            LAMB.code: {"minimum_amount": Decimal(300), "below_minimum": Stall.BelowMinimum.DROP},
            TROUT.code: {"minimum_amount": Decimal(80), "below_minimum": Stall.BelowMinimum.ASK},
        },
    )  # fmt: skip
    round = published(village, plan)
    offers = offers_of(round)
    for number, household in enumerate(homes(village, plan.quarter)):
        by = who_orders(household, round)
        if number % 4 == 3:
            fill(round, household, basket(offers, household, seed=plan.seed, least=3, most=7), by=by)
        elif number % 4 != 2:
            order(round, plan, offers, household, least=5, most=12)
    # The consumer of the tour has changed her mind since: one more of two things, not confirmed yet.
    marion = Order.objects.get(round=round, household__memberships__user__email=people.CONSUMER)
    more = marion.lines.confirmed().select_related("offer").order_by("pk")[:2]
    by = village.users[people.CONSUMER]
    fill(round, marion.household, {line.offer: line.wanted + line.offer.step for line in more}, by=by)


def an_open_round_that_shares_supplies(village: Village) -> None:
    pick_up = day(4, "18:00")
    plan = Plan(
        "shared", people.GARGOUILLE, named(pick_up), day(-3, "18:00"), day(2, "20:00"), pick_up,
        (GOATS, VEGETABLES, JUICE, FLOUR),
    )  # fmt: skip
    round = published(village, plan)
    offers = offers_of(round)
    for number, household in enumerate(homes(village, plan.quarter)):
        if number % 3 == 2:
            wanted = basket(offers, household, seed=plan.seed, least=2, most=5)
            fill(round, household, wanted, by=who_orders(household, round))
        else:
            order(round, plan, offers, household, least=3, most=8)


def an_open_round_among_neighbours(village: Village) -> None:
    """In the group by invitation, proposed by somebody who doesn't coordinate it."""
    pick_up = day(5, "16:00")
    plan = Plan(
        "neighbours", people.CLAREE, "Fromages et miel pour les Granges", day(-1, "18:00"), day(3, "20:00"),
        pick_up, (GOATS, HONEY), by="corentin@example.org",
    )  # fmt: skip
    round = published(village, plan)
    offers = offers_of(round)
    for household in homes(village, plan.quarter)[:4]:
        order(round, plan, offers, household, least=2, most=5)


def an_upcoming_round(village: Village) -> None:
    pick_up = day(8, "18:00")
    plan = Plan(
        "upcoming", people.VILLAR, named(pick_up), day(1, "08:00"), day(5, "20:00"), pick_up,
        (GOATS, VEGETABLES, BREAD, LAMB, HERBS),
        note="Ouverture demain matin. Le four banal sera chaud : apportez vos plats à gratiner.",
    )  # fmt: skip
    published(village, plan)


def a_proposed_round(village: Village) -> None:
    """The farms are answering: two have accepted, one was rung up, one can't, two have not said."""
    pick_up = day(13, "17:30")
    plan = Plan(
        "proposed", people.SAINTE_CATHERINE, named(pick_up), day(6, "18:00"), day(11, "20:00"), pick_up,
        (GOATS, VEGETABLES, APPLES, TROUT, HONEY, HERBS), note="Une de plus, à la demande générale.",
    )  # fmt: skip
    round = proposed(village, plan)
    stalls = {stall.catalog_id: stall for stall in round.stalls.all()}

    def stall(farm: Farm) -> Stall:
        return stalls[village.catalogs[farm.code].pk]

    rounds.accept(stall(GOATS), by=village.owner(GOATS), how=Stall.Channel.PAGE, word="Avec plaisir.")
    rounds.accept(stall(APPLES), by=None, how=Stall.Channel.LINK, closes_at=day(10, "20:00"),
                  minimum_amount=Decimal(60), below_minimum=Stall.BelowMinimum.ASK)  # fmt: skip
    rounds.accept(stall(HERBS), by=village.users[people.COORDINATOR], how=Stall.Channel.PHONE)
    rounds.decline(stall(TROUT), by=None, how=Stall.Channel.LINK, word="Nous vidangeons les bassins cette semaine-là.")


# How a round comes about


def proposed(village: Village, plan: Plan) -> Round:
    """Proposed at its own times; what closes in the past is proposed for a moment as closing soon."""
    neighbourhood = village.neighbourhoods[plan.quarter.slug]
    now = timezone.now()
    closes, pick_up = plan.closes, plan.pick_up
    if closes <= now:
        closes = now + timedelta(hours=1)
    if pick_up <= closes:
        pick_up = closes + timedelta(hours=1)
    return rounds.propose(
        by=village.users[plan.by or plan.quarter.homes[0].emails[0]],
        neighbourhood=neighbourhood,
        place=neighbourhood.places.get(),
        title=plan.title,
        note=plan.note,
        latecomers=plan.latecomers,
        opens_at=plan.opens,
        closes_at=closes,
        delivery_starts_at=pick_up,
        delivery_ends_at=pick_up + plan.lasts,
        catalogs=[village.catalogs[farm.code] for farm in plan.farms],
    )


def published(village: Village, plan: Plan) -> Round:
    """Each farm has accepted: on its page, by the link in the mail or, where nobody reads mail, by phone."""
    round = proposed(village, plan)
    coordinator = the_coordinator(round)
    for number, farm in enumerate(plan.farms):
        stall = round.stalls.get(catalog=village.catalogs[farm.code])
        if not farm.owner:
            rounds.accept(stall, by=coordinator, how=Stall.Channel.PHONE, **plan.terms.get(farm.code, {}))
        elif number % 2:
            rounds.accept(stall, by=None, how=Stall.Channel.LINK, **plan.terms.get(farm.code, {}))
        else:
            rounds.accept(stall, by=village.owner(farm), how=Stall.Channel.PAGE, **plan.terms.get(farm.code, {}))
    rounds.publish(round, by=coordinator)
    return Round.objects.select_related("neighbourhood", "place").get(pk=round.pk)


def order(round: Round, plan: Plan, offers: Sequence[Offer], household: Household, *, least: int, most: int) -> None:
    wanted = basket(offers, household, seed=plan.seed, least=least, most=most)
    confirm(round, household, wanted, by=who_orders(household, round))


def let_close(round: Round, plan: Plan) -> None:
    """Move the round to its own times, which are past, and close what is due as the clock does."""
    Round.objects.filter(pk=round.pk).update(
        closes_at=plan.closes, delivery_starts_at=plan.pick_up, delivery_ends_at=plan.pick_up + plan.lasts
    )
    round.stalls.update(closes_at=plan.closes)
    for stall_id in round.stalls.order_by("pk").values_list("pk", flat=True):
        closing.close(stall_id)
    closing.close_round(round.pk)


# Who


def homes(village: Village, quarter: Quarter) -> list[Household]:
    found = Household.objects.filter(neighbourhood=village.neighbourhoods[quarter.slug])
    return list(found.exclude(memberships__state=Membership.State.PENDING).order_by("pick_up_number"))


def who_orders(household: Household, round: Round) -> User:
    """One of its members, or the coordinator on behalf of those who have no login."""
    member = household.memberships.active().order_by("pk").first()
    return member.user if member else the_coordinator(round)


def the_coordinator(round: Round) -> User:
    return User.objects.filter(coordinated_rounds__round=round).order_by("pk")[0]


def producer_of(stall: Stall) -> User:
    return User.objects.filter(producer_memberships__producer=stall.producer).order_by("pk")[0]


def ordered_lines(stall: Stall) -> Any:
    from orders.models import OrderLine

    return OrderLine.objects.filter(offer__stall=stall).confirmed().select_related("order", "offer")
