"""A person's households, what these ordered, and what the person did for others; cagette/disclosing.py begins it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from cagette.models import User
from orders.models import (
    Favourite,
    Grant,
    Household,
    Membership,
    Order,
    OrderChange,
    OrderLine,
    OrderNote,
    RoundCoordinator,
    Transition,
)
from orders.requests import plain


def of(user: User) -> dict[str, Any]:
    """Nine statements, however many orders. What others ordered is theirs: there only the person's doings are told."""
    memberships = Membership.objects.filter(user=user).select_related("household__neighbourhood").order_by("pk")
    # A household left behind goes on without them: its orders from then on are its members' business.
    mine = Household.objects.filter(pk__in=Membership.objects.active().filter(user=user).values("household"))
    alone = Household.objects.filter(memberships__user=user, left_at__isnull=False)
    households = mine | alone
    orders = Order.objects.filter(Q(household__in=households.distinct().values("pk")) | Q(created_by=user))
    orders = orders.select_related("round__neighbourhood", "round__place", "household").order_by("pk")
    lines = OrderLine.objects.filter(order__in=orders.values("pk")).select_related(
        "offer__stall__producer", "returnable"
    )
    changes = OrderChange.objects.filter(line__order__in=orders.values("pk")).select_related("line__offer", "by")
    others = OrderChange.objects.filter(by=user, on_behalf=True).select_related("line__offer", "line__order__household")
    lines_of: dict[int, list[dict[str, Any]]] = {}
    for line in lines.order_by("pk"):
        lines_of.setdefault(line.order_id, []).append(_line(line))
    changes_of: dict[int, list[dict[str, Any]]] = {}
    for change in changes.order_by("pk"):
        changes_of.setdefault(change.line.order_id, []).append(_change(change) | {"by_me": change.by_id == user.pk})
    grants_of: dict[int, list[dict[str, Any]]] = {}
    for grant in Grant.objects.filter(order__in=orders.values("pk")).select_related("offer").order_by("pk"):
        grants_of.setdefault(grant.order_id, []).append(_grant(grant))
    notes_of: dict[int, list[dict[str, Any]]] = {}
    for note in (
        OrderNote.objects.filter(order__in=orders.values("pk")).select_related("stall__producer").order_by("pk")
    ):
        said = {"at": note.at, "farm": note.stall.producer.name, "text": note.text}
        notes_of.setdefault(note.order_id, []).append(said)
    favourites_of: dict[int, list[str]] = {}
    for favourite in Favourite.objects.filter(household__in=mine).select_related("product").order_by("pk"):
        favourites_of.setdefault(favourite.household_id, []).append(favourite.product.name)
    return {
        "households": [
            _household(membership) | {"favourites": favourites_of.get(membership.household_id, [])}
            for membership in memberships
        ],
        "orders": [
            {
                "order": order.pk,
                "round": order.round.title,
                "neighbourhood": order.round.neighbourhood.name,
                "place": order.round.place.name,
                "pick_up": order.round.delivery_starts_at,
                "household": order.household.name,
                "begun": order.created_at,
                "confirmed": order.confirmed_at,
                "lines": lines_of.get(order.pk, []),
                "changes": changes_of.get(order.pk, []),
                "offered_after_the_close": grants_of.get(order.pk, []),
                "notes": notes_of.get(order.pk, []),
            }
            for order in orders
        ],
        "changes_for_others": [
            _change(change) | {"household": change.line.order.household.name} for change in others.order_by("pk")
        ],
        "rounds_run": [
            {"round": each.round.title, "pick_up": each.round.delivery_starts_at}
            for each in RoundCoordinator.objects.filter(user=user).select_related("round").order_by("pk")
        ],
        "rounds_changed": [_transition(each) for each in Transition.objects.done_by(user).order_by("pk")],
    }


def _household(membership: Membership) -> dict[str, Any]:
    household = membership.household
    return {
        "neighbourhood": household.neighbourhood.name,
        "household": household.name,
        "phone": household.phone,
        "pick_up_number": household.pick_up_number,
        "kind": household.kind,
        "legal_name": household.legal_name,
        "siren": household.siren,
        "vat_number": household.vat_number,
        "billing_address": household.billing_address,
        "role": membership.role,
        "state": membership.state,
        "joined": membership.joined_at,
        "mails": {
            "openings": membership.mail_openings,
            "reminders": membership.mail_reminders,
            "recaps": membership.mail_recaps,
        },
    }


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "farm": line.offer.stall.producer.name,
        "product": line.offer.name,
        "unit": line.offer.unit,
        "wanted": line.wanted,
        "confirmed": line.quantity,
        "extra": line.tolerance,
        "allotted": line.allocated,
        "granted": line.granted,
        "delivered": line.delivered,
        "basis": line.basis,
        "unit_price": None if line.unit_price is None else plain(line.unit_price),
        "vat_rate": line.vat_rate,
        "deposit": line.deposit,
        "to_give_back": "" if line.returnable is None else line.returnable.name,
    }


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "at": grant.offered_at,
        "product": grant.offer.name,
        "quantity": grant.quantity,
        "unit_price": plain(grant.unit_price),
        "agreed": grant.agreed_at,
        "on_behalf": grant.on_behalf,
        "taken_back": grant.taken_back_at,
        "reason": grant.reason,
    }


def _change(change: OrderChange) -> dict[str, Any]:
    return {
        "at": change.at,
        "product": change.line.offer.name,
        "before": change.quantity_before,
        "after": change.quantity_after,
        "extra_before": change.tolerance_before,
        "extra_after": change.tolerance_after,
        "reason": change.reason,
    }


def _transition(done: Transition) -> dict[str, Any]:
    return {
        "at": done.at,
        "round": done.round.title,
        "farm": done.stall.producer.name if done.stall else None,
        "kind": done.kind,
        "how": done.how,
        "before": {"state": done.state_before, **done.before},
        "after": {"state": done.state_after, **done.after},
        "reason": done.reason,
    }
