"""Pick lists: the frozen rows of what a farm prepares, their mails, and who has seen them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import F, Max
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cagette.errors import WrongState
from cagette.mail import AttachmentDraft, Draft, queue, supersede
from cagette.models import OutgoingMail, User
from cagette.money import ZERO, line_amount
from deliveries.models import PickList
from orders.models import Offer, OrderLine, OrderNote, Stall
from orders.rounds import producer_addresses, round_facts

ACKNOWLEDGEMENT_SALT = "deliveries.acknowledgement"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def plain(number: Decimal) -> str:
    """A decimal as frozen rows keep it: no trailing zeros, no exponent."""
    return f"{number.normalize():f}"


def freeze(stall: Stall, *, reason: str = "") -> PickList:
    """Write the stall's next pick list from what is allocated now. Call it with the stall held exclusively.

    Five statements however many orders. Nobody having ordered makes a pick list too: it says so.
    """
    last = stall.pick_lists.order_by("-revision").first()
    rows = _rows(stall, before=last, reason=reason)
    return PickList.objects.create(stall=stall, revision=last.revision + 1 if last else 1, rows=rows, reason=reason)


def _rows(stall: Stall, *, before: PickList | None, reason: str) -> dict[str, Any]:
    lines = (
        OrderLine.objects.filter(offer__stall=stall)
        .annotate(given=Coalesce(F("allocated"), F("quantity")))
        .filter(given__gt=0)
        .order_by("order__household__pick_up_number", "order_id", "offer__position", "offer_id")
        .values_list(
            "offer_id", "given", "unit_price", "deposit",
            "order__household__pick_up_number", "order__household__name", "order__household__phone",
            "order__household__kind",
        )
    )  # fmt: skip
    households: dict[int, dict[str, Any]] = {}
    quantities: dict[int, Decimal] = {}
    amounts: dict[int, Decimal] = {}
    deposits: dict[int, Decimal] = {}
    owed: dict[int, list[Decimal]] = {}
    for offer_id, given, unit_price, deposit, number, name, phone, kind in lines:
        assert unit_price is not None and deposit is not None  # confirmed, as the constraint on lines says
        household = households.setdefault(
            number,
            {"number": number, "name": name, "phone": phone, "professional": kind == "professional", "lines": []},
        )
        household["lines"].append({"offer": offer_id, "quantity": plain(given), "before": None})
        amount, deposit_due = line_amount(given, unit_price), line_amount(given, deposit)
        due = owed.setdefault(number, [ZERO, ZERO])
        due[0] += amount
        due[1] += deposit_due
        quantities[offer_id] = quantities.get(offer_id, Decimal(0)) + given
        amounts[offer_id] = amounts.get(offer_id, ZERO) + amount
        deposits[offer_id] = deposits.get(offer_id, ZERO) + deposit_due
    notes = _notes(stall)
    for number, household in households.items():
        household["amount"], household["deposit"] = (str(due) for due in owed[number])
        household["note"] = notes.get(number, "")
        household["changed"] = False
    shown = set(quantities) | ({row["offer"] for row in before.rows["products"]} if before else set())
    offers = Offer.objects.filter(pk__in=shown).select_related("product").order_by("position", "pk")
    products = [
        _product_row(
            offer, quantities.get(offer.pk, Decimal(0)), amounts.get(offer.pk, ZERO), deposits.get(offer.pk, ZERO)
        )
        for offer in offers
    ]
    rows = round_facts(stall.round) | {
        "producer": {"name": stall.producer.name, "phone": stall.producer.phone},
        "products": products,
        "households": list(households.values()),
        "totals": {
            "households": len(households),
            "amount": str(sum(amounts.values(), ZERO)),
            "deposit": str(sum(deposits.values(), ZERO)),
        },
        "replaces": before.revision if before else None,
        "reason": reason,
    }
    if before is not None:
        rows["was"] = moved_from(rows, before.rows)
        _mark_changes(rows, before.rows)
    return rows


def _notes(stall: Stall) -> dict[int, str]:
    """What households wrote to the farm, by their numbers. Nobody writes meanwhile: the stall is held."""
    notes = OrderNote.objects.filter(stall=stall).exclude(text="")
    return dict(notes.values_list("order__household__pick_up_number", "text"))


def moved_from(rows: dict[str, Any], old: dict[str, Any]) -> dict[str, Any] | None:
    """Where and when the replaced paper said, if that differs."""
    was = {"place": old["place"], "delivery": old["delivery"]}
    return was if was != {"place": rows["place"], "delivery": rows["delivery"]} else None


def _product_row(offer: Offer, quantity: Decimal, amount: Decimal, deposit: Decimal) -> dict[str, Any]:
    case = offer.case_size
    return {
        "offer": offer.pk,
        "reference": offer.product.reference,
        "name": offer.name,
        "unit": offer.unit,
        "content": f"{plain(offer.content)} {offer.content_unit}" if offer.content else "",
        "quantity": plain(quantity),
        "cases": plain(quantity / case) if case else None,
        "case_size": plain(case) if case else None,
        "weighed": offer.weighed,
        "price_per_kg": str(offer.price_per_kg) if offer.weighed else None,
        "unit_price": str(offer.piece_price()),
        "amount": str(amount),
        "deposit": str(deposit),
        "before": None,
    }


def _mark_changes(rows: dict[str, Any], old: dict[str, Any]) -> None:
    """Note beside each quantity that differs what the replaced revision said; what is gone shows with quantity 0."""
    _mark(rows["products"], old["products"])
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


def _mark(lines: Iterable[dict[str, Any]], old: Iterable[dict[str, Any]]) -> bool:
    was = {line["offer"]: line["quantity"] for line in old}
    changed = False
    for line in lines:
        before = was.get(line["offer"], "0")
        line["before"] = before if before != line["quantity"] else None
        changed = changed or line["before"] is not None
    return changed


def mail(pick_list: PickList, stall: Stall, *, nth: int = 1) -> int:
    """Write the pick list's mail to each of the farm's addresses; older revisions that haven't left are taken back.

    `nth` above 1 is a deliberate second copy. Returns how many mails are new.
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
            attachments=(
                AttachmentDraft(f"{name}.pdf", "application/pdf", f"pick-list:{pick_list.pk}:pdf"),
                AttachmentDraft(f"{name}.xlsx", XLSX, f"pick-list:{pick_list.pk}:xlsx"),
            ),
        )
        for email, language in producer_addresses(stall)
    )


def resend(pick_list: PickList, *, by: User) -> int:
    """Send the latest revision once more to every address of the farm, those added since included."""
    stall = Stall.objects.select_related("producer", "round__neighbourhood", "round__place").get(pk=pick_list.stall_id)
    newest = stall.pick_lists.aggregate(newest=Max("revision"))["newest"]
    if pick_list.revision != newest:
        raise WrongState(_("There is a newer pick list: send that one."))
    prefix = f"pick-list:{stall.pk}:{pick_list.revision}:"
    keys = OutgoingMail.objects.filter(key__startswith=prefix).values_list("key", flat=True)
    nth = 1 + max((int(key.rsplit(":", 1)[1].split("/")[0]) for key in keys), default=0)
    return mail(pick_list, stall, nth=nth)


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
