"""Prices and VAT rates as people write them.

"7,20 €", "7.20€", "7€20", "€ 7,20", "1 200,50 €", "12,90 €/kg", "les 2 kg : 5 €", "2,50 € (au lieu de 3,00 €)",
"RUPTURE", "offert", "sur demande", 0.055, "5,5 %". What can't be understood is said, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from django.utils.translation import gettext as _

from cagette.money import EUR
from catalogs.importing.contents import NOTHING, Pack, fold, read_pack, unit_of
from catalogs.importing.grids import Cell

GREATEST_PRICE = Decimal(100_000)

# Rates of today and of the lists people still have: France, Italy, Belgium, Switzerland, Spain, Germany.
_RATES = """
    0 2.1 2.5 2.6 3.7 3.8 4 5 5.5 6 7 7.7 8 8.1 8.5 9 10 12 13 13.5 17 18 19 19.6 20 21 22 24 25
"""
KNOWN_RATES = frozenset(map(Decimal, _RATES.split()))
# One of them stands in every column of rates: France, Italy, Switzerland.
FOOD_RATES = frozenset(map(Decimal, ("5.5", "4", "10", "2.6")))


class Problem(Enum):
    """Why a cell gives no price."""

    MISSING = "missing"
    OUT_OF_STOCK = "out of stock"
    FREE = "free"
    UNREADABLE = "unreadable"
    SEVERAL = "several"
    FOREIGN = "foreign"
    NEGATIVE = "negative"
    TOO_LARGE = "too large"


@dataclass(frozen=True)
class Price:
    """`amount` as written, unrounded, or the `problem` why there is none.

    `pack` is what the price is for, when the cell says so: per kg, a bunch, a punnet of 250 g.
    """

    amount: Decimal | None = None
    problem: Problem | None = None
    pack: Pack = NOTHING
    # "1,10 €/litre (consigne 1 €)": the deposit is never in the price.
    deposit: Decimal | None = None
    # Whether a currency stood beside it, and whether it was written as a whole number.
    marked: bool = False
    whole: bool = False
    # "1.200" may be one euro twenty or twelve hundred.
    ambiguous: bool = False


_OUT_OF_STOCK = re.compile(
    r"\b(rupture|epuisee?s?|indisponibles?|non disponibles?|pas disponibles?|plus disponibles?|plus dispo|pas dispo|"
    r"esaurit[oaie]|non disponibil[ei]|sold out|out of stock|unavailable|not available|hors stock|pas en stock|"
    r"plus en stock)\b"
)
_OVER = re.compile(r"(hors saison|termine|fini|manquant|fuori stagione|finito|over|plus|en arret|arrete)[ .!]*")
_FREE = re.compile(r"\b(offerte?s?|gratuite?s?|gratis|omaggio|free|cadeau|prix libre|libre|don)\b")
_ASK = re.compile(
    r"\b(sur demande|sur devis|demander|consulter|nous contacter|a definir|a venir|selon|cours du jour|su richiesta|"
    r"on request|to be|tbd|nc|n\.c|n/a|na|voir)\b"
)
_NOTHING = re.compile(r"[-–—_/?.*x\s]*")
_OLD = re.compile(
    r"\(?\s*(au lieu d[eu']|instead of|anziche|invece di|ancien prix|prix barre|avant|was|statt)\b[^)]*\)?"
)
_WORD_DEPOSIT = r"(?:consignes?|cauzione|deposit)"
_DIGITS = r"(?:\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d{1,2})?(?![\d])|\d+(?:[.,]\d+)?)"
_UNITS_BEHIND = r"(?!\s*(?:k?g|gr|kilos?|[cmd]?l|litres?|pieces?|pcs?|oeufs?|x|%)\b)(?!\s*%)"
_PER_MEASURE = re.compile(r"(kg|kilos?|kilogrammes?|chilo|l|litres?|litro|liter)\b(?!')")
_PLAIN = re.compile(rf"(?<![\w.,])(-?\s?{_DIGITS})(?![\d.,]*\d){_UNITS_BEHIND}")


@dataclass(frozen=True)
class _Signs:
    """How people sign amounts of one currency, and where the sign stands."""

    sign: re.Pattern[str]
    foreign: re.Pattern[str]
    derived: re.Pattern[str]
    deposit: re.Pattern[str]
    inside: re.Pattern[str]
    behind: re.Pattern[str]
    before: re.Pattern[str]
    range_before: re.Pattern[str]


def _signs(sign: str, short: str, foreign: str) -> _Signs:
    """`sign` where it must stand, `short` where it may: derived prices, deposits, ranges."""
    return _Signs(
        sign=re.compile(sign),
        foreign=re.compile(foreign),
        derived=re.compile(
            r"\(?\s*\b(soit|cioe|ie|i\.e\.|c'est a dire|equivaut)\b[^)]*\)?|"
            rf"=\s*[\d.,]+\s*{short}\s*/\s*(kg|l)\b.*|\([^()]*\d\s*{short}\s*/\s*(?:kg|kilo|l|litre)\b[^()]*\)"
        ),
        deposit=re.compile(
            rf"\(?\+?\s*(?:(\d+(?:[.,]\d+)?)\s*(?:{short})?\s*(?:de |d')?{_WORD_DEPOSIT}|"
            rf"{_WORD_DEPOSIT}[^\d)]{{0,12}}(\d+(?:[.,]\d+)?)\s*(?:{short})?)\s*\)?"
        ),
        inside=re.compile(rf"(\d+)\s?{short}\s?(\d{{2}})(?![\d.,]|\s*(?:k?g|[cmd]?l|gr|p)\b)"),
        behind=re.compile(rf"(?<![\d.,])(-?\s?{_DIGITS})[.,]?[-–—]{{0,2}}\s*{sign}"),
        before=re.compile(rf"{sign}\s*(-?\s?{_DIGITS})(?![\d.,]*\d){_UNITS_BEHIND}"),
        range_before=re.compile(rf"\d\s*(?:{short})?\s*(-|–|à|a|ou|o|or|to)\s*$"),
    )


_OTHERS = r"usd|gbp|aud|cad|ff|dollars?|livres? sterling"
_SIGNS = {
    "EUR": _signs(
        sign=r"(?:€|\beur\b|\beuros?\b|(?<=\d)eur\b|(?<=\d)euros?\b)",
        short=r"(?:€|euros?|eur)",
        foreign=rf"[$£¥]|\b(chf|fr\.? ?s\.?|francs?|{_OTHERS})\b",
    ),
    "CHF": _signs(
        sign=r"(?:(?:\b|(?<=\d))(?:chf|fr\. ?s\.?|sfr|fr|francs?(?: suisses?)?)\b\.?)",
        short=r"(?:chf|sfr|fr)\.?",
        foreign=rf"[$£¥€]|\b(eur|euros?|{_OTHERS})\b|(?<=\d)(?:eur|euros?)\b",
    ),
}


def parse_any_price(cell: Cell) -> Price:
    """The price in a cell, in whatever currency it is: for telling which columns and rows hold prices."""
    price = parse_price(cell)
    return parse_price(cell, "CHF") if price.problem is Problem.FOREIGN else price


def parse_price(cell: Cell, currency: str = EUR) -> Price:
    """The price in a cell, without a sign or in `currency`; never raises."""
    if cell is None:
        return Price(problem=Problem.MISSING)
    if isinstance(cell, Decimal):
        return _checked(Price(cell, whole=cell == cell.to_integral_value()))
    if not isinstance(cell, str):
        return Price(problem=Problem.UNREADABLE)
    text = fold(cell)
    if _NOTHING.fullmatch(text):
        return Price(problem=Problem.MISSING)
    if says_out_of_stock(text):
        left = _OUT_OF_STOCK.sub(" ", text)
        return replace(
            _read(left, _SIGNS[currency]) if re.search(r"\d", left) else Price(), problem=Problem.OUT_OF_STOCK
        )
    price = _read(text, _SIGNS[currency])
    if price.problem is Problem.UNREADABLE:
        if _FREE.search(text):
            return Price(problem=Problem.FREE)
        if _ASK.search(text):
            return Price(problem=Problem.MISSING)
    return price


def says_out_of_stock(text: str) -> bool:
    """Whether a text says that there is none. Words that could describe food ("fini à l'herbe") count only alone."""
    folded = fold(text)
    return bool(_OUT_OF_STOCK.search(folded) or _OVER.fullmatch(folded))


def without_out_of_stock(text: str) -> str:
    """A remark without the words that say so; nothing when it said nothing else."""
    return "" if re.fullmatch(r"\W*", _OUT_OF_STOCK.sub("", fold(text))) else text


def parse_vat(cell: Cell) -> Decimal | None:
    """A VAT rate in percent, from "5,5", "5.5 %", 0.055 or "TVA 20%"; None for what is no known rate (0.55, 55)."""
    if isinstance(cell, str):
        match = re.search(r"\d+(?:[.,]\d+)?", cell)
        if not match:
            return None
        value, percent = Decimal(match[0].replace(",", ".")), "%" in cell
    elif isinstance(cell, Decimal):
        value, percent = cell, False
    else:
        return None
    if value in KNOWN_RATES:
        return value.quantize(Decimal("0.01"))
    fraction = not percent and 0 < value < Decimal("0.3") and value * 100 in KNOWN_RATES
    return (value * 100).quantize(Decimal("0.01")) if fraction else None


def parse_number(cell: Cell) -> Decimal | None:
    """A plain count or measure ("12", "1,5", "1 000"), without any unit."""
    if isinstance(cell, Decimal):
        return cell
    if isinstance(cell, str) and re.fullmatch(rf"-?{_DIGITS}", fold(cell)):
        return _amount(fold(cell))[0]
    return None


def _read(text: str, signs: _Signs) -> Price:
    deposit = signs.deposit.search(text)
    if deposit and re.search(r"\d", text[: deposit.start()] + text[deposit.end() :]):
        price = _read(text[: deposit.start()] + " " + text[deposit.end() :], signs)
        return replace(price, deposit=_amount(deposit[1] or deposit[2])[0])
    without_old = _OLD.sub(" ", text)
    text = without_old if re.search(r"\d", without_old) else text
    without_derived = signs.derived.sub(" ", text)
    text = without_derived if re.search(r"\d", without_derived) else text
    text = re.sub(r"\b(ttc|ht|tva incluse|iva inclusa|prix|tarif)\b", " ", text)
    if signs.foreign.search(text) and re.search(r"\d", text):
        return Price(problem=Problem.FOREIGN)
    inside = signs.inside.search(text)
    if inside:
        return _priced(Decimal(f"{inside[1]}.{inside[2]}"), text, inside, signs, marked=True)
    marked = _distinct([*signs.behind.finditer(text), *signs.before.finditer(text)])
    if len(marked) == 1 and signs.range_before.search(text[: marked[0].start()]):
        return Price(problem=Problem.SEVERAL)
    if len(marked) == 1:
        amount, ambiguous = _amount(marked[0][1])
        return replace(_priced(amount, text, marked[0], signs, marked=True), ambiguous=ambiguous)
    if marked:
        return Price(problem=Problem.SEVERAL)
    plain = list(_PLAIN.finditer(text))
    if len(plain) == 1:
        amount, ambiguous = _amount(plain[0][1])
        price = _priced(amount, text, plain[0], signs, marked=False)
        leftover = re.sub(r"[\d\W]", "", text[: plain[0].start()] + text[plain[0].end() :])
        if leftover and not price.pack.says_something:
            # A number among words is no price: "12h00 — Parking", "à 3 minutes".
            return Price(problem=Problem.UNREADABLE)
        return replace(price, whole=price.amount == amount.to_integral_value(), ambiguous=ambiguous)
    return Price(problem=Problem.SEVERAL if plain else Problem.UNREADABLE)


def _priced(amount: Decimal, text: str, match: re.Match[str], signs: _Signs, *, marked: bool) -> Price:
    rest = signs.sign.sub(" ", text[: match.start()] + "  " + text[match.end() :])
    if "(" in rest and ")" not in rest:
        rest = rest.replace("(", " ")
    pack = _pack_of(rest.strip(" :;=.,"))
    return _checked(Price(amount, pack=pack, marked=marked))


def _pack_of(rest: str) -> Pack:
    """What the words beside the amount say it is for."""
    rest = re.sub(r"^(les|la|le|l'|par|per|al|alla|il|au|a la|the|the|pour|for|da|di|/)\s*", "", rest.strip())
    rest = re.sub(r"^(les|la|le|l')\s*", "", rest)
    rest = re.sub(r"\s*\b(pour|for|per|a|les)$", "", rest)
    measure = _PER_MEASURE.match(rest)
    if measure:
        # "1,90 €/kg (cagette de 5 kg)" is a price per kg, whatever it comes in.
        return Pack(measure=unit_of(measure[1]))
    counted = re.fullmatch(r"(\d{1,4})(?: ([a-z]+))?", rest)
    if (
        counted
        and int(counted[1]) > 1
        and (not counted[2] or unit_of(counted[2]) not in ("", "g", "kg", "ml", "cl", "l"))
    ):
        # "les 6", "les 6 bouteilles"
        return read_pack(f"{counted[1]} pieces")
    return read_pack(rest) if rest else NOTHING


def _distinct(matches: list[re.Match[str]]) -> list[re.Match[str]]:
    """The amounts that differ in place: "€ 7,20 €" is one."""
    kept: list[re.Match[str]] = []
    for match in matches:
        if not any(match.start(1) < other.end(1) and other.start(1) < match.end(1) for other in kept):
            kept.append(match)
    return kept


def _amount(digits: str) -> tuple[Decimal, bool]:
    """The number in `digits`, and whether it could be read otherwise.

    Of two kinds of mark the last is the decimal one.
    """
    digits = re.sub(r"[ ']", "", digits)
    marks = [character for character in digits if character in ".,"]
    if not marks:
        return Decimal(digits), False
    last = marks[-1]
    if len(set(marks)) == 2:
        other = "," if last == "." else "."
        return Decimal(digits.replace(other, "").replace(last, ".")), False
    if len(marks) > 1:
        return Decimal(digits.replace(last, "")), False
    ambiguous = bool(re.fullmatch(r"-?[1-9]\d{0,2}[.,]\d{3}", digits))
    return Decimal(digits.replace(",", ".")), ambiguous


def _checked(price: Price) -> Price:
    assert price.amount is not None
    if price.amount < 0:
        return replace(price, amount=None, problem=Problem.NEGATIVE)
    if price.amount >= GREATEST_PRICE:
        return replace(price, amount=None, problem=Problem.TOO_LARGE)
    return price


def why_no_price(price: Price, text: str, currency: str) -> str:
    """The sentence that says why `text` gave no price."""
    foreign = _("“%(text)s” is not in euros.") if currency == EUR else _("“%(text)s” is not in Swiss francs.")
    reasons = {
        Problem.FREE: _("“%(text)s”: nothing is taken over as free. Give a price, or leave it out."),
        Problem.SEVERAL: _("“%(text)s” holds more than one price."),
        Problem.FOREIGN: foreign,
        Problem.NEGATIVE: _("“%(text)s” is below zero."),
        Problem.TOO_LARGE: _("“%(text)s” is too large for a price."),
        Problem.UNREADABLE: _("“%(text)s” could not be read as a price."),
    }
    if price.problem in reasons:
        return reasons[price.problem] % {"text": text[:60]}
    return _("No price: “%(text)s”.") % {"text": text[:60]} if text else _("This row has no price.")
