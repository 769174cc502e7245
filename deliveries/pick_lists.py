"""Pick lists: the frozen rows of what a farm prepares, their mails, and who has seen them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.errors import WrongState
from cagette.mail import AttachmentDraft, Draft, queue, supersede
from cagette.models import OutgoingMail, User
from cagette.money import ZERO, Basis, Price, line_amount
from deliveries import reasons
from deliveries.models import PickList
from orders.due import Due, Taken, in_all, to_farm
from orders.models import Offer, OrderLine, OrderNote, Stall
from orders.models.ordering import counted
from orders.rounds import producer_addresses, round_facts

ACKNOWLEDGEMENT_SALT = "deliveries.acknowledgement"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def plain(number: Decimal) -> str:
    """A decimal as frozen rows keep it: no trailing zeros, no exponent."""
    return f"{number.normalize():f}"


def freeze(stall: Stall, *, reason: str = "") -> PickList:
    """Write the stall's next pick list from what is allocated now. Call it with the stall held exclusively.

    Five statements however many orders, six for a revision. Nobody having ordered makes a pick list too: it says so.
    """
    last = stall.pick_lists.order_by("-revision").first()
    rows = _rows(stall, before=last, reason=reason)
    return PickList.objects.create(stall=stall, revision=last.revision + 1 if last else 1, rows=rows, reason=reason)


def _rows(stall: Stall, *, before: PickList | None, reason: str) -> dict[str, Any]:
    lines = (
        OrderLine.objects.filter(offer__stall=stall)
        .annotate(counts=counted())
        .filter(counts__gt=0)
        .order_by("order__household__pick_up_number", "order_id", "offer__position", "offer_id")
        .values_list(
            "offer_id", "counts", "order__household__pick_up_number", "order__household__name",
            "order__household__phone", "order__household__kind", *OrderLine.PRICED,
        )
    )  # fmt: skip
    households: dict[int, dict[str, Any]] = {}
    taken: dict[int, list[Taken]] = {}
    sold: dict[int, dict[Sold, list[Taken]]] = {}
    for offer_id, quantity, number, name, phone, kind, *priced in lines:
        price = Price(*priced)
        household = households.setdefault(
            number,
            {"number": number, "name": name, "phone": phone, "professional": kind == "professional", "lines": []},
        )
        household["lines"].append({"offer": offer_id, "quantity": plain(quantity), "before": None})
        taken.setdefault(number, []).append(Taken(price, quantity))
        sold.setdefault(offer_id, {}).setdefault(Sold.at(price), []).append(Taken(price, quantity))
    notes = _notes(stall)
    dues = []
    for number, household in households.items():
        due = to_farm(taken[number], stall.round.currency, net=household["professional"])
        dues.append(due)
        household |= due.frozen | {"note": notes.get(number, ""), "changed": False}
    replaced: dict[int, list[dict[str, Any]]] = {}
    for row in before.rows["products"] if before else ():
        replaced.setdefault(row["offer"], []).append(row)
    offers = Offer.objects.filter(pk__in=sold.keys() | replaced.keys()).select_related("product")
    products = [
        row
        for offer in offers.order_by("position", "pk")
        for row in _product_rows(offer, sold.get(offer.pk, {}), replaced.get(offer.pk, ()))
    ]
    rows = round_facts(stall.round) | {
        "producer": {"name": stall.producer.name, "phone": stall.producer.phone},
        "products": products,
        "households": list(households.values()),
        "totals": {"households": len(households), "vat_on_top": str(_vat_on_top(dues, products))}
        | replace(in_all(dues, stall.round.currency), net=False).frozen,
        "replaces": before.revision if before else None,
        "reason": reason,
    }
    if before is not None:
        rows["was"] = moved_from(rows, before.rows)
        _mark_changes(rows, before.rows)
        _explain(rows, stall)
    return rows


def _explain(rows: dict[str, Any], stall: Stall) -> None:
    """Say beside each corrected line what the household had ordered, and why it gets something else."""
    corrected = reasons.of_lines(OrderLine.objects.filter(offer__stall=stall)).values()
    why = {(row["number"], row["offer"]): {"ordered": row["ordered"], "why": row["why"]} for row in corrected}
    for household in rows["households"]:
        for line in household["lines"]:
            line |= why.get((household["number"], line["offer"]), {})


class Sold(NamedTuple):
    """What a row of products has in common: an offer sold at two prices has two rows, so that its factors multiply."""

    basis: str
    unit_price: str

    @classmethod
    def at(cls, price: Price) -> Sold:
        return cls(price.basis, plain(price.unit))

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Sold:
        return cls(row["basis"], row["unit_price"])


def _product_rows(
    offer: Offer, sold: Mapping[Sold, list[Taken]], before: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of one offer, prices incl. VAT first; those of the replaced revision that nobody takes any more too."""
    found = dict(sold)
    for row in before:
        if "basis" in row:
            found.setdefault(Sold.of(row), [])
        elif not found:
            # Frozen before there were two bases: one row, whatever the prices.
            found[Sold.at(offer.priced(professional=False))] = []
    rows = [_product_row(offer, each, found[each]) for each in sorted(found)]
    if len(rows) > 1:
        quantity = sum((Decimal(row["quantity"]) for row in rows), Decimal(0))
        rows[0] |= {"in_all": plain(quantity)} | _cases(offer, quantity)
        for row in rows[1:]:
            row |= _cases(offer, None)
    return rows


def _cases(offer: Offer, quantity: Decimal | None) -> dict[str, str | None]:
    """How many cases a quantity fills; nothing where it isn't counted in cases, or by another row of the offer."""
    case = offer.case_size
    if not case or quantity is None:
        return {"cases": None, "case_size": None}
    return {"cases": plain(quantity / case), "case_size": plain(case)}


def _vat_on_top(dues: Iterable[Due], products: Iterable[dict[str, Any]]) -> Decimal:
    """What prices without VAT leave out of the rows of products: the sum incl. VAT less all rows."""
    return sum((due.goods.gross for due in dues), ZERO) - sum((Decimal(row["amount"]) for row in products), ZERO)


def _notes(stall: Stall) -> dict[int, str]:
    """What households wrote to the farm, by their numbers. Nobody writes meanwhile: the stall is held."""
    notes = OrderNote.objects.filter(stall=stall).exclude(text="")
    return dict(notes.values_list("order__household__pick_up_number", "text"))


def moved_from(rows: dict[str, Any], old: dict[str, Any]) -> dict[str, Any] | None:
    """Where and when the replaced paper said, if that differs."""
    was = {"place": old["place"], "delivery": old["delivery"]}
    return was if was != {"place": rows["place"], "delivery": rows["delivery"]} else None


def _product_row(offer: Offer, sold: Sold, taken: list[Taken]) -> dict[str, Any]:
    """One row of products: `unit_price`, `price_per_kg` and `amount` are on its basis."""
    quantity = sum((each.quantity for each in taken), Decimal(0))
    price = taken[0].price if taken else offer.priced(professional=sold.basis == Basis.NET)
    amount = sum((each.price.item(each.quantity).amount for each in taken), ZERO)
    deposit = sum((line_amount(each.quantity, each.price.deposit) for each in taken), ZERO)
    return {
        "offer": offer.pk,
        "reference": offer.product.reference,
        "name": offer.name,
        "unit": offer.unit,
        "content": f"{plain(offer.content)} {offer.content_unit}" if offer.content else "",
        "quantity": plain(quantity),
        **_cases(offer, quantity),
        "in_all": None,
        "weighed": offer.weighed,
        "basis": sold.basis,
        "vat_rate": plain(price.vat_rate),
        "price_per_kg": None if price.per_kg is None else str(price.per_kg),
        "unit_price": sold.unit_price,
        "amount": str(amount),
        "deposit": str(deposit),
        "before": None,
    }


def _mark_changes(rows: dict[str, Any], old: dict[str, Any]) -> None:
    """Note beside each quantity that differs what the replaced revision said; what is gone shows with quantity 0."""
    _mark_products(rows["products"], old["products"])
    old_households = {household["number"]: household for household in old["households"]}
    gone = [
        household | {"lines": [], "amount": "0.00", "deposit": "0.00", "note": ""}
        for number, household in old_households.items()
        if number not in {household["number"] for household in rows["households"]}
    ]
    rows["households"] = sorted([*rows["households"], *gone], key=lambda household: household["number"])
    for household in rows["households"]:
        was = old_households.get(household["number"], {"lines": []})["lines"]
        present = {line["offer"] for line in household["lines"]}
        household["lines"] += [
            {"offer": line["offer"], "quantity": "0", "before": None} for line in was if line["offer"] not in present
        ]
        household["changed"] = _mark(household["lines"], was)
        # What was gone already in the replaced revision needs no second mention.
        household["lines"] = [line for line in household["lines"] if line["quantity"] != "0" or line["before"]]
    rows["households"] = [household for household in rows["households"] if household["lines"]]
    rows["products"] = [row for row in rows["products"] if row["quantity"] != "0" or row["before"]]


def _mark_products(rows: Iterable[dict[str, Any]], old: Iterable[dict[str, Any]]) -> None:
    """As `_mark`, row by row; where the replaced list had one row whatever the price, the first row is compared."""
    was = {(row["offer"], Sold.of(row)): row["quantity"] for row in old if "basis" in row}
    at_all_prices = {row["offer"]: row["quantity"] for row in old if "basis" not in row}
    for offer_id, group in groupby(rows, key=itemgetter("offer")):
        of_offer = list(group)
        if offer_id in at_all_prices:
            first = of_offer[0]
            now = first["in_all"] or first["quantity"]
            first["before"] = at_all_prices[offer_id] if at_all_prices[offer_id] != now else None
            continue
        for row in of_offer:
            before = was.get((offer_id, Sold.of(row)), "0")
            row["before"] = before if before != row["quantity"] else None


def _mark(lines: Iterable[dict[str, Any]], old: Iterable[dict[str, Any]]) -> bool:
    was = {line["offer"]: line["quantity"] for line in old}
    changed = False
    for line in lines:
        before = was.get(line["offer"], "0")
        line["before"] = before if before != line["quantity"] else None
        changed = changed or line["before"] is not None
    return changed


def mail(pick_list: PickList, stall: Stall, *, nth: int = 1, asked_by: User | None = None) -> int:
    """Write the pick list's mail to each of the farm's addresses; older revisions that haven't left are taken back.

    `nth` above 1 is a deliberate second copy, which `asked_by` wanted. Returns how many mails are new.
    """
    prefix = f"pick-list:{stall.pk}:"
    supersede(prefix, but=f"{prefix}{pick_list.revision}:")
    rows = pick_list.rows
    data = {key: value for key, value in rows.items() if key not in ("households",)} | {
        "pick_list": pick_list.pk,
        "revision": pick_list.revision,
        "reason": pick_list.reason,
        "seen_link": settings.SITE_URL
        + reverse("deliveries:acknowledgement_link", args=[acknowledgement_token(pick_list)]),
        "page_link": settings.SITE_URL + reverse("deliveries:pick_list", args=[pick_list.pk]),
    }
    name = f"bon-{stall.producer.slug}-{rows['delivery']['starts'][:10]}-r{pick_list.revision}"
    return queue(
        Draft(
            key=f"{prefix}{pick_list.revision}:{email}:{nth}",
            template="deliveries/mail/pick_list",
            data=data,
            recipient=email,
            language=language,
            priority=OutgoingMail.Priority.PICK_LIST,
            about=f"round:{stall.round_id}",
            asked_by=asked_by,
            attachments=(
                AttachmentDraft(f"{name}.pdf", "application/pdf", f"pick-list:{pick_list.pk}:pdf"),
                AttachmentDraft(f"{name}.xlsx", XLSX, f"pick-list:{pick_list.pk}:xlsx"),
            ),
        )
        for email, language in producer_addresses(stall)
    )


def resend(pick_list: PickList, *, by: User) -> int:
    """Send the latest revision once more to every address of the farm, those added since included.

    The mails remember that `by` asked for them.
    """
    stall = Stall.objects.select_related("producer", "round__neighbourhood", "round__place").get(pk=pick_list.stall_id)
    newest = stall.pick_lists.aggregate(newest=Max("revision"))["newest"]
    if pick_list.revision != newest:
        raise WrongState(_("There is a newer pick list: send that one."))
    prefix = f"pick-list:{stall.pk}:{pick_list.revision}:"
    keys = OutgoingMail.objects.filter(key__startswith=prefix).values_list("key", flat=True)
    nth = 1 + max((int(key.rsplit(":", 1)[1].split("/")[0]) for key in keys), default=0)
    return mail(pick_list, stall, nth=nth, asked_by=by)


def acknowledge(pick_list: PickList, *, how: str, by: User | None) -> None:
    """The farm has seen it and will deliver. Saying it twice changes nothing; the first time counts."""
    PickList.objects.filter(pk=pick_list.pk, acknowledged_at=None).update(
        acknowledged_at=timezone.now(), acknowledged_how=how, acknowledged_by=by
    )


def acknowledgement_token(pick_list: PickList) -> str:
    """What the "seen, I deliver" link in the mail carries; it needs no login."""
    return signing.dumps(pick_list.pk, salt=ACKNOWLEDGEMENT_SALT, compress=False)


def pick_list_from_token(token: str) -> PickList | None:
    try:
        pk = signing.loads(token, salt=ACKNOWLEDGEMENT_SALT)
    except signing.BadSignature:
        return None
    return PickList.objects.select_related("stall__round__neighbourhood", "stall__producer").filter(pk=pk).first()
