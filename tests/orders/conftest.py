"""The people and the round that most tests of ordering begin with; a module that wants another round makes its own."""

from __future__ import annotations

import pytest
from django.test import Client

from cagette.models import User
from orders.models import Household, Offer, Round
from tests import cast
from tests.orders.sheets import signed_in


@pytest.fixture
def round(db: None) -> Round:
    return cast.an_open_round()


@pytest.fixture
def user(round: Round) -> User:
    return cast.a_member(round.neighbourhood)


@pytest.fixture
def household(user: User) -> Household:
    return cast.the_household(user)


@pytest.fixture
def offers(round: Round) -> list[Offer]:
    return cast.offers_of(round)


@pytest.fixture
def phone(user: User) -> Client:
    """The browser of a member, signed in."""
    return signed_in(user)
