"""Where a group is: its country and its currency, the one door that changes them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cagette.errors import WrongState
from orders.models import Neighbourhood


class Settled(WrongState):
    """The group has published a round: orders, prices and VAT of it stand in its country and currency."""


def settle(neighbourhood: Neighbourhood, *, country: str, currency: str) -> None:
    """Put the group into a country and a currency. Raises Settled once it has published a round.

    Holds the row that `rounds.publish` holds, so that no round is published meanwhile in another currency.
    """
    with transaction.atomic():
        now = Neighbourhood.objects.select_for_update(no_key=True).get(pk=neighbourhood.pk)
        if (now.country, now.currency) == (country, currency):
            return
        if now.has_published():
            raise Settled(_("This group has published an order: its country and its currency stay as they are."))
        now.country, now.currency = country, currency
        now.save(update_fields=["country", "currency"])
    neighbourhood.country, neighbourhood.currency = country, currency
