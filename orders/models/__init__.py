"""Neighbourhoods and their households, the rounds they order in, and the orders."""

from orders.models.granting import Grant
from orders.models.neighbourhoods import Favourite, Household, Membership, Neighbourhood, Place
from orders.models.ordering import Order, OrderChange, OrderLine, OrderNote, OrderRequest
from orders.models.rounds import Round, RoundCoordinator
from orders.models.stalls import Offer, OfferChange, Stall
from orders.models.transitions import Transition

__all__ = [
    "Favourite",
    "Grant",
    "Household",
    "Membership",
    "Neighbourhood",
    "Offer",
    "OfferChange",
    "Order",
    "OrderChange",
    "OrderLine",
    "OrderNote",
    "OrderRequest",
    "Place",
    "Round",
    "RoundCoordinator",
    "Stall",
    "Transition",
]
