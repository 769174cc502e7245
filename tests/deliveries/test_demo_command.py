"""Where the demo goes, and where it doesn't."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from catalogs.models import Product
from deliveries.demo import loading
from orders.models import Household, Neighbourhood, Order, Round

pytestmark = pytest.mark.django_db


def test_a_real_site_is_left_alone(settings: Settings) -> None:
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError):
        call_command("demo")
    with pytest.raises(CommandError):
        call_command("demo", households=10)
    assert not Neighbourhood.objects.exists()


def test_the_password_is_for_a_developers_machine(settings: Settings) -> None:
    settings.DEVELOPMENT = False
    users = loading.write_users()
    assert not any(user.has_usable_password() for user in users.values())


def test_a_database_in_use_is_left_alone() -> None:
    Neighbourhood.objects.create(name="Gare", slug="gare", commune="Briançon")
    with pytest.raises(CommandError):
        call_command("demo")
    out = StringIO()
    call_command("demo", if_empty=True, stdout=out)
    assert (out.getvalue(), Neighbourhood.objects.count(), Round.objects.count()) == ("", 1, 0)


def test_a_world_of_a_given_size() -> None:
    call_command("demo", households=120, products=50, rounds=2, history=300, stdout=StringIO())
    assert (Household.objects.count(), Product.objects.count()) == (120, 50)
    assert Round.objects.open(at=timezone.now()).count() == 2
    assert Order.objects.filter(round__state="closed").count() >= 300
    connection.check_constraints()
