"""How a farm begins, and who then works for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cagette.countries import Country
from cagette.errors import DomainError, NotAllowed
from cagette.mail import Draft, queue
from cagette.models import OutgoingMail, User
from producers.models import PickListRecipient, Producer, ProducerMember
from producers.regimes import first_regime

Role = ProducerMember.Role


class LastMember(DomainError):
    """Nobody would be left to look after the farm."""


def found(*, name: str, by: User, role: str = Role.OWNER, **particulars: Any) -> Producer:
    """A new farm. Its owner gets the pick lists; who only writes for it (role editor) keeps it until the farm joins."""
    particulars = {"vat_regime": first_regime(particulars.get("country", Country.FR)), **particulars}
    with transaction.atomic():
        producer = Producer.objects.create(name=name, slug=free_slug(name), created_by=by, **particulars)
        ProducerMember.objects.create(producer=producer, user=by, role=role)
        if role == Role.OWNER:
            PickListRecipient.objects.create(producer=producer, email=by.email, language=by.language)
    return producer


def free_slug(name: str) -> str:
    """`ferme-des-marmottes`, or with the next number when that one is taken."""
    stem = slugify(name)[:120] or "farm"
    taken = set(Producer.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number, slug = 1, stem
    while slug in taken or slug == "new":  # farms/new/ is a page of its own
        number += 1
        slug = f"{stem}-{number}"
    return slug


def still_wanted(producer: Producer) -> list[str]:
    """What the law wants before the first sale and isn't filled in yet, by the names people know."""
    names = {field.name: str(field.verbose_name) for field in Producer._meta.concrete_fields}
    names["siren"] = producer.number_label
    return [names[name] for name in producer.missing_for_sale()]


def may_change_team(producer: Producer, user: User) -> bool:
    """Owners may; an editor too as long as the farm itself hasn't joined."""
    roles = dict(producer.members.values_list("user_id", "role"))
    return roles.get(user.pk) == Role.OWNER or (user.pk in roles and Role.OWNER not in roles.values())


def add_member(producer: Producer, *, email: str, role: str, by: User) -> ProducerMember:
    """Let the person with that address work for the farm, and tell them by mail.

    Somebody new gets an account that waits for them: signing in with a code sent to the address proves that it is
    theirs. What is answered doesn't depend on whether the account existed. The first owner also gets the pick lists.
    """
    email = email.strip().lower()
    with transaction.atomic():
        Producer.objects.select_for_update(no_key=True).get(pk=producer.pk)
        if not may_change_team(producer, by):
            raise NotAllowed(_("Only an owner of the farm may change its team."))
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, language=by.language)
        member, added = ProducerMember.objects.get_or_create(producer=producer, user=user, defaults={"role": role})
        if not added and member.role != role and member.user_id != by.pk:
            member.role = role
            member.save(update_fields=["role"])
        if role == Role.OWNER and not producer.pick_list_recipients.exists():
            PickListRecipient.objects.create(producer=producer, email=email, language=user.language)
        if added:
            queue([_welcome(member, by)])
    return member


def remove_member(member: ProducerMember, *, by: User) -> None:
    """Take somebody out of the team, or leave it; their address gets no more pick lists.

    Raises LastMember for the last owner, or the last of all.
    """
    with transaction.atomic():
        Producer.objects.select_for_update(no_key=True).get(pk=member.producer_id)
        if member.user_id != by.pk and not may_change_team(member.producer, by):
            raise NotAllowed(_("Only an owner of the farm may change its team."))
        others = ProducerMember.objects.filter(producer=member.producer_id).exclude(pk=member.pk)
        if not others.exists() or (member.role == Role.OWNER and not others.filter(role=Role.OWNER).exists()):
            raise LastMember(_("Somebody has to look after the farm: name another owner first."))
        member.delete()
        # The lists name the farm's buyers: they are for its people.
        PickListRecipient.objects.filter(producer=member.producer_id, email__iexact=member.user.email).delete()


def set_recipients(producer: Producer, emails: Iterable[str], *, language: str) -> None:
    """Send the pick lists to exactly these addresses from now on; new ones are written to in `language`."""
    wanted = {email.lower() for email in emails}
    with transaction.atomic():
        Producer.objects.select_for_update(no_key=True).get(pk=producer.pk)
        now = {recipient.email.lower(): recipient.pk for recipient in producer.pick_list_recipients.all()}
        gone = [pk for email, pk in now.items() if email not in wanted]
        PickListRecipient.objects.filter(pk__in=gone).delete()
        PickListRecipient.objects.bulk_create(
            PickListRecipient(producer=producer, email=email, language=language)
            for email in sorted(wanted - now.keys())
        )


def _welcome(member: ProducerMember, by: User) -> Draft:
    return Draft(
        key=f"farm-team:{member.producer_id}:{member.user_id}:{member.pk}",
        template="producers/mail/team",
        data={
            "farm": member.producer.name,
            "slug": member.producer.slug,
            "by": str(by),
            "owner": member.role == Role.OWNER,
        },
        recipient=member.user.email,
        language=member.user.language,
        priority=OutgoingMail.Priority.NEWS,
        about=f"producer:{member.producer_id}",
    )
