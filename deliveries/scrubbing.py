"""Deleting an account: everything is left by the doors everybody uses, and then forgotten, in one transaction.

What waits for it is found by trying: the same doors say what stands against it, and what was tried is taken back.
"""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import catalogs.scrubbing
import orders.scrubbing
import producers.scrubbing
from cagette import scrubbing
from cagette.errors import DomainError
from cagette.models import OutgoingMail, User
from cagette.scrubbing import Obstacle, redaction
from deliveries.models import Correction, PrintedRecap, Withdrawal

logger = logging.getLogger(__name__)


class StillNeeded(DomainError):
    """Something has to be done before this person can leave; `obstacles` says what."""


def obstacles(user: User) -> list[Obstacle]:
    """What has to be done first: orders to collect, rounds, groups and farms to hand over. Changes nothing."""
    with transaction.atomic():
        found = _give_up(user)
        transaction.set_rollback(True)
    return found


def scrub(user: User) -> None:
    """Delete the account of `user`. Doing it twice is doing it once. Raises StillNeeded, and then changes nothing."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if user.scrubbed_at is not None:
            return
        if _give_up(user):
            raise StillNeeded(_("You can't leave yet: something has to be done first."))
        _forget(user)
        catalogs.scrubbing.scrub(user)
        orders.scrubbing.scrub(user)
        scrubbing.scrub(user)
    logger.info("user %s is scrubbed", user.pk)


def _give_up(user: User) -> list[Obstacle]:
    return [*orders.scrubbing.give_up(user), *producers.scrubbing.give_up(user), *scrubbing.give_up(user)]


def _forget(user: User) -> None:
    """What deliveries know; before the orders forget which households were theirs alone."""
    households = list(orders.scrubbing.nameless(user).values_list("pk", flat=True))
    theirs = Q(line__order__household__in=households)
    with redaction():
        Correction.objects.filter(theirs).exclude(reason="").update(reason="")
        Correction.objects.filter(by=user).update(by=None)
        withdrawals = Withdrawal.objects.filter(Q(by=user) | Q(order__household__in=households))
        withdrawals.update(by=None, name="", email="")
    PrintedRecap.objects.filter(order__household__in=households).delete()
    # What a request to join told the coordinators.
    for membership_id in user.memberships.values_list("pk", flat=True):
        requests = OutgoingMail.objects.filter(key__startswith=f"membership-request:{membership_id}:")
        requests.unfinished().update(superseded_at=timezone.now())
        requests.update(data={}, subject="", erased_at=timezone.now())
