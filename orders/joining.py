"""How people come into a neighbourhood, into a household, and out again."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from cagette.errors import DomainError, NotAllowed, WrongState
from cagette.mail import Draft, queue
from cagette.models import OutgoingMail, User
from orders.models import Household, Membership, Neighbourhood, Order, Round, RoundCoordinator
from orders.models.neighbourhoods import new_token

logger = logging.getLogger(__name__)

HOUSEHOLD_SALT = "orders.household"
HOUSEHOLD_LINK_DAYS = 14


class InvitationNeeded(NotAllowed):
    """One comes in by the link that the coordinators give."""


class AlreadyThere(DomainError):
    """One person orders for one household in a neighbourhood."""


class StillOrdering(DomainError):
    """Leaving waits for open orders."""


class LastCoordinator(DomainError):
    """Others order in this neighbourhood, and nobody would be left to run it."""


def join(neighbourhood: Neighbourhood, user: User, *, name: str, phone: str = "", token: str = "") -> Membership:
    """Come in with a household of one's own, named `name`.

    At once where anybody may join or `token` is the invitation link's, else as a request that the coordinators get by
    mail. Asking twice is asking once. Raises InvitationNeeded.
    """
    with transaction.atomic():
        # Two clicks at once would make two households.
        neighbourhood = Neighbourhood.objects.select_for_update(no_key=True).get(pk=neighbourhood.pk)
        invited = constant_time_compare(token, neighbourhood.invitation_token)
        if neighbourhood.joining == Neighbourhood.Joining.INVITATION and not invited:
            raise InvitationNeeded(_("One joins this group by the link that its coordinators give."))
        at_once = invited or neighbourhood.joining == Neighbourhood.Joining.OPEN
        membership = _former(neighbourhood, user)
        if membership is not None:
            return _welcomed_back(membership, at_once=at_once)
        membership = Membership.objects.create(
            user=user,
            household=Household.found(neighbourhood, name=name, phone=phone),
            state=Membership.State.ACTIVE if at_once else Membership.State.PENDING,
        )
        if not at_once:
            _tell_coordinators(membership)
    return membership


def has_asked(user: User | AnonymousUser, neighbourhood: Neighbourhood) -> bool:
    """Whether `user` waits for a coordinator's answer there."""
    if not user.is_authenticated:
        return False
    asked = Membership.objects.filter(user=user, household__neighbourhood=neighbourhood)
    return asked.filter(state=Membership.State.PENDING).exists()


def _former(neighbourhood: Neighbourhood, user: User) -> Membership | None:
    """The membership one has here already: the active one, else the one asked for, else the one that was left.

    A household that others keep is not come back to by oneself: its members' link does that.
    """
    memberships = Membership.objects.filter(user=user, household__neighbourhood=neighbourhood).order_by("pk")
    kept = Membership.objects.active().exclude(user=user).filter(household=OuterRef("household"))
    memberships = memberships.exclude(Q(state=Membership.State.LEFT) & Exists(kept))
    by_state = {membership.state: membership for membership in memberships.select_related("household").reverse()}
    state = Membership.State
    return by_state.get(state.ACTIVE) or by_state.get(state.PENDING) or by_state.get(state.LEFT)


def _welcomed_back(membership: Membership, *, at_once: bool) -> Membership:
    state = Membership.State
    if membership.state == state.ACTIVE or (membership.state == state.PENDING and not at_once):
        return membership
    membership.state = state.ACTIVE if at_once else state.PENDING
    membership.joined_at = timezone.now()
    membership.save(update_fields=["state", "joined_at"])
    Household.objects.filter(pk=membership.household_id).update(left_at=None)
    if not at_once:
        _tell_coordinators(membership)
    return membership


def approve(membership: Membership, *, by: User) -> None:
    """Let somebody in who asked to. The caller has seen that `by` coordinates the neighbourhood."""
    _answer(membership, Membership.State.ACTIVE, by=by, template="orders/mail/membership_approved")


def refuse(membership: Membership, *, by: User) -> None:
    _answer(membership, Membership.State.LEFT, by=by, template="orders/mail/membership_refused")


def _answer(membership: Membership, state: str, *, by: User, template: str) -> None:
    with transaction.atomic():
        membership = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
        if membership.state != Membership.State.PENDING:
            raise WrongState(_("This request has already been answered."))
        membership.state = state
        membership.save(update_fields=["state"])
        if state == Membership.State.LEFT:
            Household.objects.filter(pk=membership.household_id).update(left_at=timezone.now())
        neighbourhood = membership.household.neighbourhood
        draft = Draft(
            key=f"{template.rpartition('/')[2].replace('_', '-')}:{membership.pk}:{membership.joined_at:%Y%m%d%H%M%S}",
            template=template,
            data={
                "neighbourhood": neighbourhood.name,
                "number": membership.household.pick_up_number,
                "link": settings.SITE_URL + reverse("orders:neighbourhood", args=[neighbourhood.slug]),
            },
            recipient=membership.user.email,
            language=membership.user.language,
        )
        queue([draft])
    logger.info("membership %s is %s by user %s", membership.pk, state, by.pk)


def _tell_coordinators(membership: Membership) -> None:
    neighbourhood = membership.household.neighbourhood
    seats = Membership.objects.active().filter(
        household__neighbourhood=neighbourhood, role=Membership.Role.COORDINATOR, user__is_active=True
    )
    # Where nobody coordinates yet, the site's staff answer.
    readers = User.objects.filter(pk__in=seats.values("user")) or User.objects.filter(is_staff=True, is_active=True)
    queue(
        Draft(
            key=f"membership-request:{membership.pk}:{membership.joined_at:%Y%m%d%H%M%S}:{reader.pk}",
            template="orders/mail/membership_request",
            data={
                "neighbourhood": neighbourhood.name,
                "household": membership.household.name,
                "person": membership.user.name,
                "phone": membership.household.phone,
                "link": settings.SITE_URL + reverse("orders:approvals", args=[neighbourhood.slug]),
            },
            recipient=reader.email,
            language=reader.language,
            priority=OutgoingMail.Priority.NEWS,
        )
        for reader in readers
    )


def new_invitation_link(neighbourhood: Neighbourhood, *, by: User) -> None:
    """Make a new invitation link; the one before works no longer."""
    Neighbourhood.objects.filter(pk=neighbourhood.pk).update(invitation_token=new_token())
    logger.info("invitation link of neighbourhood %s changed by user %s", neighbourhood.pk, by.pk)


# Households


def household_token(household: Household) -> str:
    """What the link holds by which a member takes somebody into the household; good for two weeks."""
    return signing.dumps(household.pk, salt=HOUSEHOLD_SALT)


def household_from_token(token: str) -> Household | None:
    try:
        pk = signing.loads(token, salt=HOUSEHOLD_SALT, max_age=HOUSEHOLD_LINK_DAYS * 24 * 3600)
    except signing.BadSignature:
        return None
    return Household.objects.select_related("neighbourhood").filter(pk=pk, left_at=None).first()


def join_household(household: Household, user: User) -> Membership:
    """Come into a household whose member gave one its link. Raises AlreadyThere from another household's member."""
    with transaction.atomic():
        Neighbourhood.objects.select_for_update(no_key=True).get(pk=household.neighbourhood_id)
        active = Membership.objects.active().filter(user=user, household__neighbourhood=household.neighbourhood_id)
        elsewhere = active.exclude(household=household).select_related("household").first()
        if elsewhere is not None:
            raise AlreadyThere(
                _("You already order for “%(household)s” in this group. Leave that household first, on its page.")
                % {"household": elsewhere.household.name}
            )
        # Before its members are counted by whoever leaves it in this moment.
        Household.objects.filter(pk=household.pk).update(left_at=None)
        membership, _new = Membership.objects.update_or_create(
            user=user, household=household, defaults={"state": Membership.State.ACTIVE}
        )
    return membership


def _hand_over(membership: Membership, household: Household) -> None:
    """Who runs a round sees everybody's orders and telephones there: that ends with the last household of one's own."""
    here = Membership.objects.active().filter(user=membership.user_id, household__neighbourhood=household.neighbourhood)
    if here.exclude(pk=membership.pk).exists():
        return
    give_up_rounds(
        RoundCoordinator.objects.filter(user=membership.user_id, round__neighbourhood=household.neighbourhood)
    )


def give_up_rounds(seats: QuerySet[RoundCoordinator]) -> None:
    """Coordinate these rounds no longer. Raises StillOrdering when one that isn't over would be left to nobody."""
    others = RoundCoordinator.objects.exclude(user=OuterRef("user")).filter(round=OuterRef("round"))
    running = seats.filter(
        ~Exists(others),
        round__state__in=[Round.State.PROPOSED, Round.State.PUBLISHED, Round.State.CLOSED],
        round__delivery_ends_at__gt=timezone.now(),
    )
    if running.exists():
        raise StillOrdering(_("You run a group order here that isn't over: add another coordinator to it first."))
    seats.delete()


def _hand_over_neighbourhood(membership: Membership) -> None:
    """A group in which others order has somebody to turn to."""
    if membership.role != Membership.Role.COORDINATOR or membership.state != Membership.State.ACTIVE:
        return
    neighbourhood = Neighbourhood.objects.select_for_update(no_key=True).get(households__memberships=membership.pk)
    others = Membership.objects.active().filter(household__neighbourhood=neighbourhood).exclude(pk=membership.pk)
    others = others.filter(user__is_active=True)
    if (
        others.exclude(user=membership.user_id).exists()
        and not others.filter(role=Membership.Role.COORDINATOR).exists()
    ):
        raise LastCoordinator(
            _("You are the last coordinator of this group. Ask the site's staff to name another member first.")
        )


def leave(membership: Membership) -> None:
    """Leave a household, and the rounds one runs in its neighbourhood.

    Raises StillOrdering while its last member has confirmed something that is still to come, or runs a round alone;
    LastCoordinator where others would be left without one.
    """
    with transaction.atomic():
        _hand_over_neighbourhood(membership)
        household = Household.objects.select_for_update(no_key=True).get(pk=membership.household_id)
        _hand_over(membership, household)
        others = household.memberships.active().exclude(pk=membership.pk)
        if not others.exists():
            coming = Order.objects.confirmed().filter(
                household=household,
                round__state__in=[Round.State.PUBLISHED, Round.State.CLOSED],
                round__delivery_ends_at__gt=timezone.now(),
            )
            if coming.exists():
                raise StillOrdering(_("This household has an order to collect. You can leave after the pick-up."))
            household.left_at = timezone.now()
            household.save(update_fields=["left_at"])
        Membership.objects.filter(pk=membership.pk).update(state=Membership.State.LEFT, role=Membership.Role.MEMBER)
