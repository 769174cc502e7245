"""Cases made by the verbs of the version before: `python - TO NUMBER SEED < cases.py`, in that checkout.

A case is a correction, a farm or a round called off, a round moved, or a withdrawal; the same seed makes the same. They
happen in rounds of three farms: with professionals at their prices, cases cut short, goods sold by weight,
deposits, tolerances, supplies shared by several rounds, farms below their minimum, and before and after the pick-up
began. Some happen in the past rounds of `manage.py demo --history`. Writes to TO, as JSON, how many there were of what,
and what each corrected line had confirmed before anybody corrected it.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import django

django.setup()
logging.disable(logging.INFO)

from django.db.models import F
from django.utils import timezone

from cagette.errors import DomainError
from cagette.models import User
from catalogs import supplies
from catalogs.models import Catalog, Product
from deliveries import closing, correcting, scrubbing, withdrawing, worlds
from deliveries.demo import ordering
from deliveries.models import Correction
from orders import confirming, filling, rounds
from orders.models import Household, Offer, Order, OrderLine, Place, Round, Stall
from producers.models import PickListRecipient, Producer

HOUSEHOLDS, PROFESSIONALS = 9, 3
CASES_A_ROUND = 10
REASONS = ["Un pot s'est cassé", "La camionnette est pleine", "Demandé par téléphone", "Trop mûr pour la route"]
LANGUAGES = ["fr", "fr", "fr", "it", "en"]

# One of each kind of price. Farms as they would write them: what nobody says is left to the model.
FARMS = {
    "Fromagerie de l'Épreuve": [
        {"name": "Tomme", "weighed": True, "price_per_kg": "20.34", "typical_weight_g": 117, "greatest_weight_g": 130,
         "professional_price": "17.10", "category": "dairy"},
        {"name": "Yaourt", "unit": "jar", "price": "3.25", "professional_price": "2.71", "deposit": "0.30",
         "content": "500", "content_unit": "g"},
        {"name": "Bleu", "price": "6.40", "stock": "24"},
        {"name": "Bergamote sèche", "price": "1.45", "professional_price": "1.37", "vat_rate": "10",
         "perishable": False},
    ],
    "Jus de l'Épreuve": [
        {"name": "Jus de pomme", "unit": "bottle", "price": "3.90", "professional_price": "3.05", "case_size": "6",
         "deposit": "0.20", "perishable": False, "content": "75", "content_unit": "cl"},
        {"name": "Cidre", "unit": "bottle", "price": "4.35", "vat_rate": "20", "case_size": "6", "stock": "20",
         "perishable": False},
        {"name": "Miel", "unit": "jar", "price": "8.50", "professional_price": "7.37", "perishable": False},
        {"name": "Nectar", "unit": "bottle", "price": "5.15", "professional_price": "4.33", "case_size": "12",
         "perishable": False, "deposit": "0.35"},
    ],
    "Jardins de l'Épreuve": [
        {"name": "Carottes", "unit": "kg", "price": "2.35", "professional_price": "1.37", "step": "0.5"},
        {"name": "Pommes de terre", "unit": "kg", "price": "1.79", "step": "0.25", "minimum": "1"},
        {"name": "Poulet", "weighed": True, "price_per_kg": "13.95", "typical_weight_g": 1650,
         "greatest_weight_g": 2100, "category": "meat", "stock": "14"},
        {"name": "Lentilles", "unit": "bag", "price": "4.05", "professional_price": "3.61", "case_size": "4",
         "perishable": False},
    ],
}  # fmt: skip
DECIMALS = {"price", "professional_price", "vat_rate", "price_per_kg", "deposit", "content", "step", "minimum",
            "case_size", "stock"}  # fmt: skip


class NothingFits(Exception):
    """This act can't happen in this round as it stands."""


@dataclass
class Done:
    """How many of what, and what corrected lines had confirmed before: line to quantity, tolerance and share."""

    cases: Counter[str] = field(default_factory=Counter)
    also: Counter[str] = field(default_factory=Counter)
    confirmed: dict[int, dict[str, str | None]] = field(default_factory=dict)


class Scene:
    """A round and what can be done to it. `memory` is what its lines had when their farm closed."""

    def __init__(self, round: Round, by: User, chance: Random, done: Done) -> None:
        self.round, self.by, self.chance, self.done = round, by, chance, done
        self.memory: dict[int, dict[str, str | None]] = {}

    def remember(self) -> None:
        for line in OrderLine.objects.filter(order__round=self.round, offer__stall__state=Stall.State.CLOSED):
            self.memory.setdefault(line.pk, confirmed(line))

    def hand_over(self) -> None:
        """Tell what was remembered of the lines that were corrected; what a correction added had nothing confirmed."""
        kept = Correction.objects.filter(round=self.round, kind=Correction.Kind.LINE)
        nothing = {"quantity": "0", "tolerance": "0", "allocated": None}
        for line_id in set(kept.values_list("line_id", flat=True)):
            self.done.confirmed[line_id] = self.memory.get(line_id, nothing)

    # What can be done

    def up(self) -> None:
        line = self._line()
        self._correct(line, given(line) + line.offer.step * self.chance.randint(1, 3))

    def down(self) -> None:
        line = self._line(least=2)
        self._correct(line, given(line) - line.offer.step)

    def to_zero(self) -> None:
        self._correct(self._line(), Decimal(0))

    def twice(self) -> None:
        """Up and down again by another step, or away and back to just what it was."""
        line = self._line()
        before = given(line)
        if self.chance.random() < 0.5:
            self._correct(line, Decimal(0))
            self._correct(line, before)
        else:
            self._correct(line, before + line.offer.step * 3)
            self._correct(line, before + line.offer.step)

    def thrice(self) -> None:
        line = self._line()
        for steps in (2, 0, 1):
            self._correct(line, line.offer.step * steps)

    def added(self) -> None:
        """Something that the household had neither ordered nor filled in."""
        order = self._order()
        offers = Offer.objects.filter(stall__round=self.round, stall__state=Stall.State.CLOSED).order_by("pk")
        offer = self._choose(offers.exclude(lines__order=order))
        correcting.correct_line(order, offer, offer.step * self.chance.randint(1, 4), by=self.by, reason=self._reason())

    def added_to_filled(self) -> None:
        """Something that stood on the sheet and was never confirmed."""
        lines = self._lines().filter(quantity=0, allocated=None, wanted__gt=0)
        line = self._choose(lines)
        self._correct(line, line.wanted)

    def cut_short(self) -> None:
        """Somebody asks for what the cases left over, or for one piece more of it."""
        line = self._choose(self._lines().filter(allocated__lt=F("quantity"), quantity__gt=0))
        self._correct(line, self.chance.choice([line.quantity, given(line) + line.offer.step]))

    def tolerated(self) -> None:
        """Somebody who got more than ordered, to fill a case, takes a piece less of it."""
        line = self._choose(self._lines().filter(allocated__gt=F("quantity"), quantity__gt=0))
        self._correct(line, given(line) - line.offer.step)

    def withdraw(self) -> None:
        orders = Order.objects.filter(round=self.round, household__kind=Household.Kind.FAMILY).order_by("pk")
        orders = list(orders.select_related("round__neighbourhood", "household"))
        self.chance.shuffle(orders)
        for order in orders:
            possible = [each.line.pk for each in withdrawing.withdrawable(order)]
            if possible:
                chosen = self.chance.sample(possible, self.chance.randint(1, min(2, len(possible))))
                member = self._member(order.household)
                key = f"case-{self.round.pk}-{self.chance.getrandbits(64):x}"
                withdrawing.withdraw(order, chosen, key=key, name=member.name, email=member.email, by=member)
                return
        raise NothingFits

    def call_off_stall(self) -> None:
        stall = self._choose(Stall.objects.filter(round=self.round, state=Stall.State.CLOSED).order_by("pk"))
        correcting.call_off_stall(stall, by=self.by, reason=self._reason())

    def call_off_round(self) -> None:
        correcting.call_off_round(self.round, by=self.by, reason=self._reason())

    def move(self) -> None:
        correcting.move(
            self.round, place=self.round.place, by=self.by, reason=self._reason(),
            delivery_starts_at=self.round.delivery_starts_at + timedelta(days=1),
            delivery_ends_at=self.round.delivery_ends_at + timedelta(days=1),
        )  # fmt: skip

    def attempt(self, act: str) -> bool:
        """Do it if it fits: a supply may not hold it, and not every round has such a line."""
        try:
            getattr(self, act)()
        except (NothingFits, DomainError) as no:
            self.done.also[f"not_done_{type(no).__name__}"] += 1
            return False
        self.done.cases[act] += 1
        return True

    # With what

    def _correct(self, line: OrderLine, quantity: Decimal) -> None:
        correcting.correct_line(line.order, line.offer, quantity, by=self.by, reason=self._reason())

    def _lines(self):
        lines = OrderLine.objects.filter(order__round=self.round, offer__stall__state=Stall.State.CLOSED)
        return lines.select_related("order", "offer").order_by("pk")

    def _line(self, *, least: int = 1) -> OrderLine:
        return self._choose(self._lines().filter(allocated__gte=F("offer__step") * least))

    def _order(self) -> Order:
        return self._choose(Order.objects.filter(round=self.round, lines__quantity__gt=0).distinct().order_by("pk"))

    def _choose(self, found):
        ids = list(found.values_list("pk", flat=True))
        if not ids:
            raise NothingFits
        return found.get(pk=self.chance.choice(ids))

    def _member(self, household: Household) -> User:
        return household.memberships.get().user

    def _reason(self) -> str:
        return self.chance.choice(REASONS)


def confirmed(line: OrderLine) -> dict[str, str | None]:
    share = None if line.allocated is None else str(line.allocated)
    return {"quantity": str(line.quantity), "tolerance": str(line.tolerance), "allocated": share}


def given(line: OrderLine) -> Decimal:
    """As it stands now: what was read may be older than a correction."""
    now = OrderLine.objects.get(pk=line.pk)
    return now.quantity if now.allocated is None else now.allocated


# The worlds they happen in


def farms() -> list[Catalog]:
    made = []
    for n, (name, products) in enumerate(FARMS.items()):
        producer = Producer.objects.create(name=name, slug=f"epreuve-{n}", commune="Briançon")
        PickListRecipient.objects.create(producer=producer, email=f"epreuve-{n}@example.org")
        catalog = Catalog.objects.create(producer=producer, name="Toute l'année", published_at=timezone.now())
        for position, values in enumerate(products):
            fields = {key: Decimal(value) if key in DECIMALS else value for key, value in values.items()}
            Product.objects.create(catalog=catalog, reference=f"E{n}{position}", position=position, **fields)
        made.append(catalog)
    by = User.objects.create(email="epreuve@example.org", name="Épreuve")
    bleu = Product.objects.get(catalog=made[0], name="Bleu")
    # For all rounds together, with a share for restaurants.
    supplies.start(bleu, Decimal(60), by=by, professional_share=Decimal(15))
    return made


def neighbourhood(n: int) -> list[Household]:
    """The first coordinates, the last ones are restaurants."""
    made = worlds.neighbourhood(f"Épreuve {n}", HOUSEHOLDS)
    households = list(Household.objects.filter(neighbourhood=made).order_by("pick_up_number"))
    for k, household in enumerate(households):
        User.objects.filter(memberships__household=household).update(language=LANGUAGES[(n + k) % len(LANGUAGES)])
        if k >= HOUSEHOLDS - PROFESSIONALS:
            household.kind, household.legal_name, household.siren = (
                Household.Kind.PROFESSIONAL,
                household.name,
                "732829320",
            )
            household.save()
    return households


def open_round(n: int, catalogs: list[Catalog], households: list[Household]) -> tuple[Round, User]:
    by, place = households[0].memberships.get().user, Place.objects.get(neighbourhood=households[0].neighbourhood)
    now = timezone.now()
    round = rounds.propose(
        by=by,
        neighbourhood=place.neighbourhood,
        place=place,
        title=f"Épreuve {n}",
        opens_at=now + timedelta(minutes=1),
        closes_at=now + timedelta(days=2),
        delivery_starts_at=now + timedelta(days=3),
        delivery_ends_at=now + timedelta(days=3, hours=2),
        catalogs=catalogs,
    )
    minimums = [None, Decimal("20.00"), Decimal("5000.00")]
    for k, stall in enumerate(round.stalls.order_by("pk")):
        minimum = minimums[(n + k) % 3] if n % 4 == 3 else None
        below = [Stall.BelowMinimum.DELIVER, Stall.BelowMinimum.DROP, Stall.BelowMinimum.ASK][n % 3]
        rounds.accept(stall, by=by, how=Stall.Channel.PHONE, minimum_amount=minimum, below_minimum=below)
    rounds.publish(round, by=by)
    rounds.open_now(round, by=by)
    Round.objects.filter(pk=round.pk).update(announced_at=timezone.now())
    return Round.objects.get(pk=round.pk), by


def order(round: Round, households: list[Household], chance: Random) -> None:
    """Everybody orders; some think again and take more or less, some fill in what they don't confirm."""
    offers = ordering.offers_of(round)
    for household in households:
        user = household.memberships.get().user
        wanted = ordering.basket(offers, household, seed=f"{round.pk}", least=5, most=9)
        if ordering.confirm(round, household, wanted, by=user) is None:
            continue
        what = chance.choice(["nothing", "nothing", "more", "less", "filled"])
        if what == "more":
            order_more(round, household, user, chance)
        elif what == "less":
            line = chance.choice(list(lines_of(round, household).filter(quantity__gt=0)))
            less = line.wanted - line.offer.step
            change(line, user, less if less >= line.offer.minimum else Decimal(0))
        elif what == "filled":
            others = [offer for offer in offers if offer not in wanted]
            ordering.fill(round, household, {offer: max(offer.minimum, offer.step) for offer in others[:2]}, by=user)


def lines_of(round: Round, household: Household):
    lines = OrderLine.objects.filter(order__round=round, order__household=household)
    return lines.select_related("offer", "order").order_by("pk")


def change(line: OrderLine, by: User, wanted: Decimal) -> None:
    filling.save_change(
        user_id=by.pk, round_id=line.order.round_id, household_id=line.order.household_id,
        stall_id=line.offer.stall_id, offer_id=line.offer_id, key=f"less-{line.pk}", seen=line.wanted, wanted=wanted,
        tolerance=line.wanted_tolerance,
    )  # fmt: skip


def order_more(round: Round, household: Household, by: User, chance: Random) -> None:
    """A second confirmation: one step more of some. Where there isn't as much, it stays as it was."""
    lines = [
        confirming.Shown(
            offer_id=line.offer_id,
            quantity=line.quantity + (line.offer.step if chance.random() < 0.4 else 0),
            tolerance=line.tolerance,
            price=line.offer.price_for(professional=household.professional),
            seen_wanted=line.wanted,
            seen_quantity=line.quantity,
        )
        for line in lines_of(round, household)
    ]
    confirming.confirm(
        user_id=by.pk, round_id=round.pk, household_id=household.pk, key=f"more-{household.pk}", lines=lines
    )


def let_it_be_handed_out(round: Round, days: int) -> None:
    """Put the round into the past, as time would."""
    back = timedelta(days=days)
    fields = ["opens_at", "closes_at", "delivery_starts_at", "delivery_ends_at"]
    Round.objects.filter(pk=round.pk).update(**{name: F(name) - back for name in fields})
    Stall.objects.filter(round=round).update(closes_at=F("closes_at") - back)
    round.refresh_from_db()


def forget_somebody(round: Round, done: Done) -> None:
    """A person whose order was corrected deletes their account: what they might be known by is redacted."""
    corrected = Order.objects.filter(lines__corrections__round=round, household__kind=Household.Kind.FAMILY)
    for found in corrected.distinct().order_by("-pk").select_related("household"):
        try:
            scrubbing.scrub(found.household.memberships.get().user)
        except scrubbing.StillNeeded:
            continue
        done.also["people_scrubbed"] += 1
        return


# What happens


PLANS = {
    # Before the pick-up; a farm goes at last, after its corrections.
    "before": ["up", "down", "to_zero", "twice", "added", "withdraw", "cut_short", "tolerated", "added_to_filled",
               "thrice", "call_off_stall"],
    # From the pick-up on.
    "after": ["up", "withdraw", "down", "added", "withdraw", "to_zero", "cut_short", "twice", "withdraw", "tolerated"],
    # A farm is called off first, and in the end all of it.
    "called_off": ["call_off_stall", "up", "to_zero", "added", "withdraw", "down", "thrice", "twice", "cut_short",
                   "call_off_round"],
    # One farm is open still: withdrawing empties its lines.
    "half_open": ["down", "withdraw", "up", "withdraw", "added", "twice", "tolerated", "to_zero", "cut_short", "up"],
    "moved": ["up", "move", "down", "cut_short", "added_to_filled", "withdraw", "to_zero", "tolerated", "twice",
              "call_off_stall", "call_off_stall"],
}  # fmt: skip


def play(n: int, catalogs: list[Catalog], number: int, chance: Random, done: Done) -> None:
    households = neighbourhood(n)
    round, by = open_round(n, catalogs, households)
    order(round, households, chance)
    plan = list(PLANS)[n % len(PLANS)]
    stalls = list(round.stalls.order_by("pk"))
    for stall in stalls[: -1 if plan == "half_open" else None]:
        closing.close(stall.pk, by=by)
    round.refresh_from_db()
    scene = Scene(round, by, chance, done)
    scene.remember()
    done.also["rounds_played"] += 1
    done.also["cut_short_lines"] += scene._lines().filter(allocated__lt=F("quantity"), offer__case_size__gt=0).count()
    done.also["tolerated_lines"] += scene._lines().filter(allocated__gt=F("quantity")).count()
    if plan == "after":
        let_it_be_handed_out(round, chance.choice([4, 9]))
    # A round that has fewer of one thing gets more of what always fits; the last act stays the last.
    acts = [*PLANS[plan][:number]]
    acts[-1] = PLANS[plan][-1]
    for act in acts:
        if not scene.attempt(act):
            scene.attempt(chance.choice(["up", "down", "to_zero"]))
        round.refresh_from_db()
    scene.hand_over()
    if plan == "after":
        forget_somebody(round, done)


def correct_history(number: int, chance: Random, done: Done) -> None:
    """Past rounds were made in bulk: no requests, no pick lists yet."""
    past = Round.objects.filter(
        state=Round.State.CLOSED, neighbourhood__slug__startswith="monde-", delivery_ends_at__lt=timezone.now()
    )
    ids = list(past.exclude(title__startswith="Épreuve").order_by("pk").values_list("pk", flat=True))
    for n in range(number if ids else 0):
        round = past.get(pk=chance.choice(ids))
        scene = Scene(round, round.created_by, chance, done)
        scene.remember()
        scene.memory |= {pk: was for pk, was in done.confirmed.items() if pk in scene.memory}
        if scene.attempt(["up", "down", "to_zero", "added", "twice"][n % 5]):
            done.also["in_history"] += 1
        scene.hand_over()


def main(to: str, number: int, seed: int) -> None:
    chance, done = Random(seed), Done()
    catalogs = farms()
    correct_history(number // 10, chance, done)
    n = 0
    while (left := number - done.cases.total()) > 0:
        if n > number:
            raise RuntimeError(f"{done.cases.total()} cases in {n} rounds: something never fits.")
        play(n, catalogs, min(left, CASES_A_ROUND), chance, done)
        n += 1
    professionals = OrderLine.objects.filter(order__household__kind=Household.Kind.PROFESSIONAL, quantity__gt=0)
    at_their_price = professionals.filter(
        offer__professional_price__isnull=False, order__round__title__startswith="Épreuve"
    )
    done.also["professional_lines"] = at_their_price.count()
    done.also["weighed_lines"] = OrderLine.objects.filter(offer__weighed=True, quantity__gt=0).count()
    done.also["lines_with_deposit"] = OrderLine.objects.filter(deposit__gt=0, quantity__gt=0).count()
    told = {"cases": dict(done.cases), "also": dict(done.also), "confirmed": done.confirmed}
    Path(to).write_text(json.dumps(told))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
