"""Who and what the story is told with, as it stands in the database."""

from __future__ import annotations

from dataclasses import dataclass

from cagette.models import User
from catalogs.models import Catalog
from deliveries.demo.content import Farm
from orders.models import Neighbourhood


@dataclass
class Village:
    users: dict[str, User]
    catalogs: dict[str, Catalog]
    """By the code of their farm."""
    neighbourhoods: dict[str, Neighbourhood]
    """By slug."""
    keeper: User
    """Who answers for farms that nobody can write to."""

    def owner(self, farm: Farm) -> User:
        return self.users.get(farm.owner, self.keeper)
