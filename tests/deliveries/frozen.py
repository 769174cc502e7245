"""Frozen rows as closing writes them, made up for papers that need no database."""

from __future__ import annotations

from typing import Any

FACTS: dict[str, Any] = {
    "round": {"id": 12, "title": "Commande de novembre", "link": "https://cagette.example/rounds/12/"},
    "neighbourhood": "Sainte-Catherine",
    "place": {"name": "Salle de la Vachette", "address": "12 rue du Lavoir, Briançon", "access": "Portail vert."},
    "zone": "Europe/Paris",
    "delivery": {"starts": "2026-11-26T17:00:00+01:00", "ends": "2026-11-26T19:00:00+01:00"},
    "opens": "2026-11-18T08:00:00+01:00",
    "closes": "2026-11-25T20:00:00+01:00",
    "coordinators": [{"name": "Ada Rey", "phone": "06 00 00 00 00"}],
}


def a_product(offer: int, name: str, quantity: str, **fields: Any) -> dict[str, Any]:
    product = {
        "offer": offer, "reference": "", "name": name, "unit": "piece", "content": "", "quantity": quantity,
        "cases": None, "case_size": None, "weighed": False, "price_per_kg": None, "unit_price": "4.50",
        "amount": "9.00", "deposit": "0.00", "before": None,
    }  # fmt: skip
    return product | fields


def a_household(number: int, name: str, *lines: tuple[int, str], **fields: Any) -> dict[str, Any]:
    household = {
        "number": number,
        "name": name,
        "phone": "06 99 99 99 99",
        "professional": False,
        "lines": [{"offer": offer, "quantity": quantity, "before": None} for offer, quantity in lines],
        "amount": "9.00",
        "deposit": "0.00",
        "changed": False,
    }
    return household | fields


def a_pick_list(products: list[dict[str, Any]], households: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    rows = FACTS | {
        "producer": {"name": "Chèvrerie des Trois Ponts", "phone": ""},
        "products": products,
        "households": households,
        "totals": {"households": len(households), "amount": "9.00", "deposit": "0.00"},
        "replaces": None,
        "reason": "",
    }
    return rows | fields


def an_ordinary_pick_list(**fields: Any) -> dict[str, Any]:
    """Three products in three units, two households."""
    return a_pick_list(
        [
            a_product(1, "Tomme de chèvre", "8", content="500 g", reference="T500"),
            a_product(2, "Jus de pomme", "12", unit="bottle", content="0.75 l", cases="2", case_size="6",
                      deposit="3.60"),
            a_product(3, "Carottes", "1.5", unit="kg"),
        ],
        [
            a_household(3, "Ferrand", (1, "2"), (3, "1.5")),
            a_household(12, "Le Refuge", (1, "6"), (2, "12"), professional=True, amount="70.20", deposit="3.60"),
        ],
        **fields,
    )  # fmt: skip


def many_orders(count: int, *, name: str = "Foyer") -> dict[str, Any]:
    return a_pick_list(
        [a_product(1, "Tomme", str(count)), a_product(2, "Faisselle", str(count), unit="jar")],
        [a_household(n, f"{name} {n}", (1, "1"), (2, "1")) for n in range(1, count + 1)],
    )


def a_sign_off_sheet(*households: dict[str, Any], **fields: Any) -> dict[str, Any]:
    rows = FACTS | {
        "households": list(households),
        "totals": {
            "households": len(households),
            "amount": "24.00",
            "deposit": "0.60",
            "farms": [{"producer": "Chèvrerie des Trois Ponts", "amount": "24.00", "deposit": "0.60"}],
        },
        "replaces": None,
        "reason": "",
    }
    return rows | fields


def a_signer(number: int, name: str, *farms: tuple[str, str, str], **fields: Any) -> dict[str, Any]:
    """`farms` are (name, quantity of tommes, amount)."""
    household = {
        "number": number,
        "name": name,
        "phone": "",
        "professional": False,
        "farms": [
            {
                "producer": producer,
                "lines": [
                    {"name": "Tomme", "content": "", "unit": "piece", "quantity": quantity, "weighed": False},
                ],
                "amount": amount,
                "deposit": "0.60",
            }
            for producer, quantity, amount in farms
        ],
        "amount": "24.00",
        "deposit": "0.60",
    }
    return household | fields


def a_farm(name: str, lines: int, **fields: Any) -> dict[str, Any]:
    """So many times two tommes for 9,00 €, and 1,20 € of deposits."""
    line = {
        "name": "Tomme", "content": "500 g", "unit": "piece", "weighed": False, "chilled": True, "quantity": "2",
        "confirmed": "2", "unit_price": "4.50", "amount": "9.00",
    }  # fmt: skip
    farm = {
        "producer": name, "phone": "", "state": "closed", "means": ["cash", "cheque", "transfer"],
        "payee": "EARL DU LAC", "iban": "FR7630006000011234567890189", "lines": [line] * lines,
        "amount": f"{9 * lines}.00", "deposit": "1.20", "at_most": f"{9 * lines + 1}.20",
    }  # fmt: skip
    return farm | fields


def a_recap(*farms: dict[str, Any], **fields: Any) -> dict[str, Any]:
    rows = FACTS | {
        "latecomers": "Chez Lucie.",
        "household": {"number": 7, "name": "Ferrand"},
        "farms": list(farms),
        "amount": "9.00",
        "deposit": "1.20",
        "at_most": "10.20",
        "returnables": [{"producer": "Rucher", "name": "bocal 500 g", "quantity": "2"}],
        "reference": "Cagette 84 no 7 Ferrand",
        "phase": "closed",
        "reason": "",
    }
    return rows | fields
