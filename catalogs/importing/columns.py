"""What a column means, by its header in French, English or Italian, and by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from catalogs.importing.amounts import FOOD_RATES, KNOWN_RATES, Problem, parse_any_price, parse_number, parse_vat
from catalogs.importing.contents import fold, read_pack
from catalogs.importing.grids import Cell, Row
from catalogs.importing.headers import HEADERS, IGNORED, PRICES, Field
from catalogs.importing.words import yes_or_no


@dataclass
class Guess:
    """What each column is taken for; `doubts` are the fields somebody must settle."""

    fields: dict[int, Field] = field(default_factory=dict)
    doubts: list[Field] = field(default_factory=list)

    def column(self, wanted: Field) -> int | None:
        return next((column for column, found in self.fields.items() if found == wanted), None)

    @property
    def priced(self) -> bool:
        return any(found in PRICES for found in self.fields.values())

    @property
    def complete(self) -> bool:
        return not self.doubts and self.priced and self.column(Field.NAME) is not None


def fold_header(text: str) -> str:
    """A header without accents, capitals and punctuation, "%", "€" and "/" apart; francs stand as "€"."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) if not text.isupper() and " " not in text.strip() else text
    words = re.sub(r"\b(chf|sfr|francs?( suisses?)?|fr\.?(?= ?/ ?(kg|l)\b))(?!\w)", "€", fold(text))
    return re.sub(r"\s+", " ", re.sub(r"[^\w%€/]|_", " ", words)).strip(" /")


def match_header(cell: Cell) -> tuple[Field, int] | None:
    """The field a header cell means and how sure that is; with its parenthesis first ("Prix (au kg)"), then without."""
    if not isinstance(cell, str) or len(cell) > 120:
        return None
    whole, bare = fold_header(cell), fold_header(re.sub(r"\([^)]*\)?|\[[^\]]*\]|:.*$|\*+$", " ", cell))
    undated = re.sub(r"( (du|au|en|de|dal|from))?( [\d/-]+)+$", "", whole)
    for text, penalty in ((whole, 0), (re.sub(r" ?/ ?", " ", whole), 0), (bare, 1), (undated, 1)):
        if not text or IGNORED.fullmatch(text):
            return None
        found = [(weight - penalty, name) for name, weight, pattern in HEADERS if pattern.fullmatch(text)]
        if found:
            weight, name = max(found, key=lambda item: item[0])
            return name, weight
    return None


def hint(header: Cell) -> str:
    """What a header says of its column's unit: "au kg" for "Prix (au Kg)", "g" for "Poids (g)"."""
    if not isinstance(header, str):
        return ""
    folded = fold(header)
    parenthesis = re.search(r"[(\[]([^)\]]*)[)\]]", folded)
    inside = parenthesis[1] if parenthesis else ""
    said = re.search(
        r"(?:/|\b(?:en|au|le|par|per|al|in)\s+)\s*(kg|kilo|g|gr|grammes?|l|litre|cl|ml)\b", inside or folded
    )
    if said:
        return said[1]
    return inside if re.fullmatch(r"(?:€\s*/\s*)?(kg|g|gr|l|cl|ml)", inside) else ""


def match_columns(header: Sequence[Cell], body: Sequence[Row], *, excluding_vat: bool = False) -> Guess:
    """The fields of the columns under `header`. `excluding_vat`: the title above says that the prices are net."""
    found: dict[int, tuple[Field, int]] = {}
    for column, cell in enumerate(header):
        match = match_header(cell)
        if match:
            name, weight = match
            if name is Field.PRICE and excluding_vat and not re.search(r"\bttc\b|t\.t\.c", fold(str(cell))):
                name = Field.PRICE_EXCL
            if name is Field.PRICE and read_pack(hint(cell)).measure:
                name = Field.PRICE_PER_MEASURE
            told = sum(row[column] is not None for row in body)
            # A column that is nearly empty gives way to another of the same meaning.
            found[column] = (name, weight if not body or told > len(body) / 4 else weight - 5)
    guess = Guess()
    for column, (name, _weight) in sorted(found.items(), key=lambda item: (-item[1][1], item[0])):
        if guess.column(name) is None:
            guess.fields[column] = name
    for column, (name, _weight) in sorted(found.items()):
        if name is Field.REFERENCE and column not in guess.fields:
            _second_reference(guess, column)
    guess.fields = dict(sorted(guess.fields.items()))
    _settle(guess, body, found)
    return guess


def guess_columns(body: Sequence[Row], *, width: int, fields: dict[int, Field] | None = None) -> Guess:
    """What the columns are by their contents alone; the price is a doubt when several could be it."""
    guess = Guess(dict(fields or {}))
    free = [column for column in range(width) if column not in guess.fields]
    prices = [column for column in free if _looks_like_prices([row[column] for row in body])]
    rates = [column for column in prices if _looks_like_rates([row[column] for row in body])]
    prices = [column for column in prices if column not in rates]
    texts = {column: _wordiness([row[column] for row in body]) for column in free if column not in prices}
    if guess.column(Field.NAME) is None and texts and max(texts.values()) > 0:
        guess.fields[max(texts, key=lambda column: (texts[column], -column))] = Field.NAME
    name = guess.column(Field.NAME)
    for column in free:
        cells = [row[column] for row in body if row[column] is not None]
        if column in guess.fields or column in prices or not cells:
            continue
        if guess.column(Field.REFERENCE) is None and name is not None and column < name and _looks_like_codes(cells):
            guess.fields[column] = Field.REFERENCE
        elif guess.column(Field.CONTENT) is None and _share(cells, lambda cell: _is_packing(cell)) > 0.6:
            guess.fields[column] = Field.CONTENT
    if guess.column(Field.VAT_RATE) is None and rates:
        guess.fields[rates[0]] = Field.VAT_RATE
    if not guess.priced:
        if len(prices) == 1:
            guess.fields[prices[0]] = Field.PRICE
        else:
            guess.doubts.append(Field.PRICE)
    if guess.column(Field.NAME) is None:
        guess.doubts.append(Field.NAME)
    guess.fields = dict(sorted(guess.fields.items()))
    return guess


def _second_reference(guess: Guess, column: int) -> None:
    """Two references: the one beside the variants' columns is theirs."""
    variant, first = guess.column(Field.VARIANT_NAME), guess.column(Field.REFERENCE)
    if (
        variant is not None
        and first is not None
        and first < variant < column
        and guess.column(Field.VARIANT_REFERENCE) is None
    ):
        guess.fields[column] = Field.VARIANT_REFERENCE


def _settle(guess: Guess, body: Sequence[Row], found: dict[int, tuple[Field, int]]) -> None:
    """Correct the names by what stands in the columns."""
    described = guess.column(Field.DESCRIPTION)
    if described is not None and guess.column(Field.NAME) is None and guess.column(Field.VARIANT_NAME) is None:
        # "Codice, Descrizione, Prezzo": what describes the product is all the name it has.
        guess.fields[described] = Field.NAME
    quantity = guess.column(Field.QUANTITY)
    if quantity is not None:
        cells = [row[quantity] for row in body if row[quantity] is not None]
        if cells and _share(cells, lambda cell: isinstance(cell, str) and read_pack(cell).content is not None) > 0.5:
            if guess.column(Field.CONTENT) is None:
                guess.fields[quantity] = Field.CONTENT
            else:
                del guess.fields[quantity]
        elif guess.column(Field.UNIT) is None:
            # Without a unit it is how many one wants: the column buyers fill in.
            del guess.fields[quantity]
    available, stock = guess.column(Field.AVAILABLE), guess.column(Field.STOCK)
    if available is not None and stock is None:
        numbers = [number for row in body if (number := parse_number(row[available])) is not None]
        if numbers and max(numbers) > 1:
            guess.fields[available] = Field.STOCK
    if stock is not None and available is None:
        cells = [row[stock] for row in body if row[stock] is not None]
        if cells and all(isinstance(cell, str) and yes_or_no(cell) is not None and cell not in "01" for cell in cells):
            guess.fields[stock] = Field.AVAILABLE
    category = guess.column(Field.CATEGORY)
    if category is not None and all(
        parse_number(row[category]) is not None for row in body if row[category] is not None
    ):
        del guess.fields[category]
    prices = [column for column, (name, _weight) in found.items() if name is Field.PRICE]
    best = max((found[column][1] for column in prices), default=0)
    if len([column for column in prices if found[column][1] == best]) > 1 and guess.column(Field.PRICE) is not None:
        guess.doubts.append(Field.PRICE)
    if Field.PRICE not in guess.doubts:
        for column in [column for column, name in guess.fields.items() if name in PRICES]:
            found_prices = [parse_any_price(row[column]) for row in body]
            if found_prices and not any(
                price.amount is not None or price.problem is Problem.OUT_OF_STOCK for price in found_prices
            ):
                _give_up(guess, column)


def _give_up(guess: Guess, column: int) -> None:
    """A price column in which nothing is a price is none, unless it's an empty one beside another (TTC beside HT)."""
    others = [name for other, name in guess.fields.items() if other != column and name in PRICES]
    if not others:
        guess.doubts.append(Field.PRICE)
    del guess.fields[column]


def _share(cells: Sequence[Cell], holds: object) -> float:
    assert callable(holds)
    return sum(bool(holds(cell)) for cell in cells) / len(cells) if cells else 0.0


def _looks_like_prices(cells: Sequence[Cell]) -> bool:
    """Half of the rows have an amount, and enough of them carry a currency or cents: codes and counts don't."""
    prices = [parse_any_price(cell) for cell in cells if cell is not None]
    amounts = [price for price in prices if price.amount is not None or price.problem is Problem.OUT_OF_STOCK]
    if not amounts or len(amounts) < 0.8 * len(prices) or len(amounts) < len(cells) / 3:
        return False
    telling = sum(price.marked or not price.whole for price in amounts)
    return telling >= 0.3 * len(amounts)


def _looks_like_rates(cells: Sequence[Cell]) -> bool:
    rates = [parse_vat(cell) for cell in cells if cell is not None]
    known = {rate for rate in rates if rate is not None}
    return (
        len(rates) >= 3 and None not in rates and len(known) <= 4 and known <= KNOWN_RATES and bool(known & FOOD_RATES)
    )


def _looks_like_codes(cells: Sequence[Cell]) -> bool:
    texts = [str(cell) for cell in cells]
    return (
        len(set(texts)) > 0.8 * len(texts)
        and _share(texts, lambda text: re.fullmatch(r"[\w./ -]{1,30}", str(text)) and re.search(r"\d", str(text))) > 0.8
    )


def _wordiness(cells: Sequence[Cell]) -> float:
    """How much a column reads like names: filled, different, with letters and some length."""
    texts = [cell for cell in cells if isinstance(cell, str) and re.search(r"[^\W\d_]{3}", cell)]
    if not cells or len(texts) < len(cells) / 2:
        return 0.0
    length = sum(min(len(text), 40) for text in texts) / len(texts)
    return length * len(set(texts)) / len(texts) * len(texts) / len(cells)


def _is_packing(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) < 30 and read_pack(cell).says_something
