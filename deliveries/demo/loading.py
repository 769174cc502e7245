"""Writing the demo down: who there is, what they sell, then what they did together. All of it or nothing."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from cagette.models import MailAttachment, User
from cagette.money import EUR, Money
from catalogs import editing
from catalogs.models import Catalog, CatalogEdit, Returnable
from deliveries import worlds
from deliveries.demo import people, story
from deliveries.demo.content import Farm, Home, Quarter
from deliveries.demo.farms import FARMS
from deliveries.demo.village import Village
from deliveries.tasks import render_soon
from orders import joining
from orders.models import Household, Membership, Neighbourhood, Place
from producers import founding
from producers.models import Certificate, Producer, ProducerMember

# Known to whoever reads this, and so only ever given to the people of a developer's machine.
PASSWORD = "marmotte"  # noqa: S105


def is_loaded() -> bool:
    return User.objects.filter(email=people.STAFF[0]).exists()


def is_empty() -> bool:
    """Whether nobody has begun to use this site; the staff may have come in already."""
    return not (Neighbourhood.objects.exists() or Producer.objects.exists())


@transaction.atomic
def load() -> None:
    users = write_users()
    village = Village(users, {}, {}, keeper=users[people.COORDINATOR])
    for quarter in people.QUARTERS:
        village.neighbourhoods[quarter.slug] = _write_quarter(quarter, users)
    for farm in FARMS:
        village.catalogs[farm.code] = _write_farm(farm, village)
    story.tell(village)
    worlds.analyze()
    # Each verb has asked the workers for this and that; what there is to do in the end is to make the papers.
    connection.run_on_commit.clear()
    transaction.on_commit(_ask_for_papers, robust=True)


def _ask_for_papers() -> None:
    for source in MailAttachment.objects.filter(ready_at=None).values_list("source", flat=True).distinct():
        if not source.endswith(":xlsx"):  # made with its PDF
            render_soon(source)


def write_users() -> dict[str, User]:
    """Everybody who can sign in. With the demo's password on a developer's machine, elsewhere by a code alone."""
    password = make_password(PASSWORD if settings.DEVELOPMENT else None)
    email, name = people.STAFF
    users = [User(email=email, name=name, password=password, is_staff=True, is_superuser=True)]
    for quarter in people.QUARTERS:
        for home in (*quarter.homes, *quarter.waiting):
            users += [
                User(email=address, name=person, phone=home.phone, password=password, language=home.language)
                for person, address in zip(home.people, home.emails, strict=True)
            ]
    users += [
        User(email=farm.owner, name=farm.owner_name, phone=farm.phone, password=password)
        for farm in FARMS
        if farm.owner
    ]
    for user in users:
        user.date_joined = timezone.now() - timedelta(days=120)
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in users
    )
    return {user.email: user for user in users}


def _write_quarter(quarter: Quarter, users: dict[str, User]) -> Neighbourhood:
    latitude, longitude = quarter.position
    neighbourhood = Neighbourhood.objects.create(
        name=quarter.name,
        slug=quarter.slug,
        commune=quarter.commune,
        postcode=quarter.postcode,
        latitude=latitude,
        longitude=longitude,
        welcome=quarter.welcome,
        joining=quarter.joining,
        listed=quarter.listed,
    )
    Place.objects.create(neighbourhood=neighbourhood, **quarter.place)
    coordinator = users[quarter.homes[0].emails[0]]
    for home in quarter.homes:
        household = _write_home(home, neighbourhood, users)
        Membership.objects.filter(household=household, user=coordinator).update(role=Membership.Role.COORDINATOR)
        for membership in household.memberships.filter(state=Membership.State.PENDING):
            joining.approve(membership, by=coordinator)
    for home in quarter.waiting:
        _write_home(home, neighbourhood, users)
    return neighbourhood


def _write_home(home: Home, neighbourhood: Neighbourhood, users: dict[str, User]) -> Household:
    members = [users[address] for address in home.emails]
    if home.legal or not members:
        # The coordinators write down restaurants, and those who have no e-mail.
        kind = Household.Kind.PROFESSIONAL if home.legal else Household.Kind.FAMILY
        household = Household.found(neighbourhood, name=home.name, phone=home.phone, kind=kind, **home.legal)
    else:
        first, *members = members
        token = neighbourhood.invitation_token if neighbourhood.joining == Neighbourhood.Joining.INVITATION else ""
        household = joining.join(neighbourhood, first, name=home.name, phone=home.phone, token=token).household
    for member in members:
        joining.join_household(household, member)
    return household


def _write_farm(farm: Farm, village: Village) -> Catalog:
    by = village.owner(farm)
    latitude, longitude = farm.position
    producer = founding.found(
        name=farm.name,
        by=by,
        role=ProducerMember.Role.OWNER if farm.owner else ProducerMember.Role.EDITOR,
        commune=farm.commune,
        address=farm.address,
        latitude=latitude,
        longitude=longitude,
        phone=farm.phone,
        story=farm.story,
        languages=list(farm.languages),
        payment_means=list(farm.means),
        **farm.particulars,
    )
    if farm.also_mailed:
        founding.set_recipients(producer, [farm.owner, *farm.also_mailed], language="fr")
    today = timezone.localdate()
    Certificate.objects.bulk_create(
        Certificate(
            producer=producer,
            certifier_code=certified.code,
            scope=list(certified.scope),
            valid_from=today + timedelta(days=certified.begun),
            expires_on=today + timedelta(days=certified.expires),
        )
        for certified in farm.certificates
    )
    return _write_catalog(farm, producer, by)


def _write_catalog(farm: Farm, producer: Producer, by: User) -> Catalog:
    catalog = editing.found_catalog(Catalog(producer=producer, name=farm.catalog), by=by)
    taken_back = Returnable.objects.bulk_create(
        Returnable(producer=producer, name=name, amount=Money(amount, EUR), to_check=name in farm.unchecked)
        for name, amount in farm.returnables.items()
    )
    named = {each.name: each for each in taken_back}
    products = [
        values | {"returnable": named[values["returnable"]]} if "returnable" in values else values
        for values in farm.products()
    ]
    editing.apply(catalog, added=products, changed=(), by=by, source=CatalogEdit.Source.FORM)
    editing.publish(catalog, by=by)
    catalog.refresh_from_db()
    return catalog
