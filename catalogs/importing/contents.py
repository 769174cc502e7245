"""How much there is in one of what is sold, out of the words people write.

"pot de 500g", "Bib de 3L", "6 x 75 cl", "environ 1,4 kg", "1,2-1,5 kg", "la douzaine", "Miel (250g)", "500 MML", "kg".
Numbers that are no content ("T80", "63%", "cal. 3-4", "P/16") stay out of it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

# What people write for the catalogue's content units; a factor where it has no such unit.
_UNITS: dict[str, tuple[str, int]] = {
    **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "kilogramme", "kilogrammes", "kilogram", "kilograms"), ("kg", 1)),
    **dict.fromkeys(("chilo", "chili", "chilogrammo", "chilogrammi", "kgm", "k"), ("kg", 1)),
    **dict.fromkeys(("g", "gr", "grs", "gramme", "grammes", "gram", "grams", "grammo", "grammi"), ("g", 1)),
    **dict.fromkeys(("hg", "etto", "etti"), ("g", 100)),
    **dict.fromkeys(("l", "lt", "ltr", "litre", "litres", "liter", "liters", "litro", "litri"), ("l", 1)),
    **dict.fromkeys(("dl", "decilitre", "decilitres"), ("cl", 10)),
    **dict.fromkeys(("cl", "centilitre", "centilitres", "centiliter", "centilitro", "centilitri"), ("cl", 1)),
    **dict.fromkeys(("ml", "mml", "millilitre", "millilitres", "milliliter", "millilitro", "millilitri"), ("ml", 1)),
}
_COUNTED = (
    "pieces?|pcs?|pces?|pezz[oi]|pz|unites?|units?|u|oeufs?|eggs?|uov[ao]|capsules?|gelules?|dosettes?|gousses?|"
    "tetes?|tranches?|sachets?|portions?|stuck|items?"
)
# What one counts when one buys it, by the word for the vessel.
_VESSELS: dict[str, str] = {
    **dict.fromkeys(("botte", "bottes", "bouquet", "bouquets", "bunch", "bunches", "mazzo", "mazzi", "gerbe"), "bunch"),
    **dict.fromkeys(("pot", "pots", "bocal", "bocaux", "jar", "jars", "vasetto", "vasetti", "vaso", "verrine"), "jar"),
    **dict.fromkeys(("barattolo", "barattoli", "bocconcino"), "jar"),
    **dict.fromkeys(("bouteille", "bouteilles", "btl", "bottle", "bottles", "bottiglia", "bottiglie"), "bottle"),
    **dict.fromkeys(("flacon", "flacons", "bidon", "bidons", "fiole", "flacone"), "bottle"),
    **dict.fromkeys(("sac", "sacs", "sachet", "sachets", "bag", "bags", "sacchetto", "sacchetti", "sacco"), "bag"),
    **dict.fromkeys(
        ("sacchi", "poche", "filet", "filets", "paquet", "paquets", "busta", "buste", "pacco", "pacchi"), "bag"
    ),
    **dict.fromkeys(
        ("barquette", "barquettes", "caisse", "caisses", "caissette", "cagette", "cageot", "cagettes"), "box"
    ),
    **dict.fromkeys(("carton", "cartons", "colis", "plateau", "plateaux", "boite", "boites", "box", "boxes"), "box"),
    **dict.fromkeys(
        ("crate", "crates", "punnet", "tray", "vaschetta", "vaschette", "cassetta", "cassette", "cassa"), "box"
    ),
    **dict.fromkeys(
        ("confezione", "scatola", "scatole", "brique", "brick", "bib", "cubi", "coffret", "can", "tin"), "box"
    ),
    **dict.fromkeys(("douzaine", "douzaines", "dozen", "dozzina", "dz"), "dozen"),
    **dict.fromkeys(("piece", "pieces", "pce", "pces", "pc", "pcs", "unite", "unites", "unit", "units", "u"), "piece"),
    **dict.fromkeys(
        ("pezzo", "pezzi", "pz", "cad", "cadauno", "each", "tablette", "tablettes", "barre", "tranche"), "piece"
    ),
    **dict.fromkeys(("buche", "part", "tete", "gousse", "item", "un", "une", "loaf", "tavoletta", "forma"), "piece"),
}
_APPROXIMATE = re.compile(
    r"environ|\benv\b|\bcirca\b|\bca\b|approx|\babout\b|~|≈|±|\+/-|poids moyen|en moyenne|variable|\bmini?\.? ?(?=\d)"
)
_LOOSE = re.compile(r"\b(vrac|loose|sfus[oa])\b")

DOZEN = 12
# Nothing that is compared or measured is longer; patterns need not be tried on more.
_LONGEST = 400

_NUMBER = r"(?:[1-9]\d{0,2}[ .]000(?!\d)|\d+(?:[.,]\d+)?|[½¼¾])"
_FRACTION = r"(?:(?:1/2|1/3|2/3|1/4|3/4)(?=\s*(?:kg|kilo|l\b|litre)))"
_UNIT = r"(?:" + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True)) + r")(?![\w'’])"
_START = r"(?<![\w])(?<!\w[.,])"
_MEASURE = re.compile(rf"{_START}({_FRACTION}|{_NUMBER})\s*({_UNIT})")
_RANGE = re.compile(rf"{_START}({_NUMBER})\s*({_UNIT})?\s*(-|–|—|\ba\b|\bto\b|\bet\b|/)\s*({_NUMBER})\s*({_UNIT})")
_MULTIPLE = re.compile(rf"{_START}(\d+)\s*[x×*]\s*({_NUMBER})\s*({_UNIT})")
_MULTIPLE_BEHIND = re.compile(rf"{_START}({_NUMBER})\s*({_UNIT})\s*[x×*]\s*(\d+)(?![\w,.])")
_COUNT = re.compile(rf"{_START}(\d+)\s*(?:{_COUNTED})(?![\w'’])")
_EGGS = re.compile(r"\b(?:oeufs?|uova|eggs)\b[^\d()]*\(?\s*(?:par|x|da|de|by)?\s*(6|10|12|18|20|24|30)(?![\w,.])")
_COUNT_BARE_P = re.compile(rf"{_START}(\d+)\s*p(?![\w'’/.])")
_TIMES = re.compile(r"(?<![\w])[x×]\s*(\d+)(?![\w,.]|\s*[x×])")
_VESSEL_OF = re.compile(
    r"\b(?:carton|boite|plateau|lot|pack|caisse|barquette|colis|paquet|sachet|confezione|conf\.?|scatola|box|tray)s?"
    rf"\s+(?:de|da|di|of|x)\s+(\d+)(?![\w,./]|\s*(?:{_UNIT}|[x×%]))"
)
_DOZEN = re.compile(r"\b(demi[- ])?(douzaines?|dozen|dozzina|dz)\b|\b(6|12|18|24|30)\s*(?:oeufs|uova|eggs)\b")
_BARE = re.compile(rf"(?:(?:au|le|par|per|al|il|du|a the|the|/|€)\s*)*({_UNIT})\.?")
_SAID_BARE = re.compile(rf"(?:\b(?:au|le|par|per|al|du)\s+|/\s*|\(\s*)({_UNIT})\s*\)?")
_VESSEL_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Content:
    """`value` of `unit`, one of g, kg, ml, cl, l, piece."""

    value: Decimal
    unit: str

    @property
    def grams(self) -> Decimal | None:
        return self.value * {"g": 1, "kg": 1000}[self.unit] if self.unit in ("g", "kg") else None


@dataclass(frozen=True)
class Pack:
    """What a text says about what one buys: its unit, its content, whether that varies."""

    unit: str = ""
    content: Content | None = None
    # The heavier end of "1,2-1,5 kg"; `content` is then the lighter.
    up_to: Content | None = None
    approximate: bool = False
    # "6 x 75 cl": how many of `each`.
    count: int = 0
    each: Content | None = None
    # "1kg/2Kg/6Kg": several sizes in one row, so none of them.
    several: bool = False
    loose: bool = False
    # "kg" or "l" said without a number: "le kg", "au litre".
    measure: str = ""

    @property
    def says_something(self) -> bool:
        return bool(self.unit or self.content or self.measure or self.several)


NOTHING = Pack()


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Lowercase, without accents, "œ" and narrow spaces: what words are compared by."""
    text = (
        text[:_LONGEST]
        .replace("œ", "oe")
        .replace("Œ", "oe")
        .replace("’", "'")
        .replace("\u00a0", " ")
        .replace("\u202f", " ")
    )
    decomposed = unicodedata.normalize("NFKD", text.replace("½", "1/2").replace("¼", "1/4").replace("¾", "3/4"))
    kept = "".join(character for character in decomposed if not unicodedata.combining(character))
    return re.sub(r"\s+", " ", kept.replace("⁄", "/")).strip().lower()


def read_pack(text: str) -> Pack:
    """What a cell that is all about packing says ("pot de 500g", "kg", "la douzaine", "Vaschette")."""
    folded = _mend(fold(text))
    pack = _read(folded)
    bare = _BARE.fullmatch(folded)
    if bare:
        unit, factor = _UNITS[bare[1]]
        return Pack(measure=unit, content=Content(Decimal(factor), unit) if unit not in ("kg", "l") else None)
    vessel = next((_VESSELS[word] for word in _VESSEL_WORD.findall(folded) if word in _VESSELS), "")
    if vessel == "dozen" and (not pack.content or pack.content.value != DOZEN):
        vessel = ""
    return _with(pack, unit=pack.unit or vessel, measure="" if pack.content or pack.several else _said_measure(folded))


def read_name(text: str) -> Pack:
    """What a product's name says of its packing. A vessel counts only where it can be nothing else ("pot-au-feu")."""
    folded = _mend(fold(text))
    pack = _read(folded)
    unit = pack.unit
    if not unit:
        words = "|".join(_VESSELS)
        vessel = (
            re.search(rf"\b({words})\s+(?:de|d'|da|di|of)?\s*(?={_NUMBER}\s*{_UNIT})", folded)
            or re.search(rf"\((?:au |le |la |en )?({words})\)", folded)
            or re.match(rf"({words})\s+(?:de|d'|di|of)\s", folded)
        )
        unit = _VESSELS[vessel[1]] if vessel else ""
    measure = ""
    if not pack.content and not pack.several:
        said = _SAID_BARE.search(folded)
        measure = _UNITS[said[1]][0] if said and _UNITS[said[1]][0] in ("kg", "l") else ""
    return _with(pack, unit=unit, measure=measure)


def unit_of(text: str) -> str:
    """The catalogue's unit for one word ("pièce", "Kilogram", "Vaschette"): a content unit, a vessel, or nothing."""
    folded = fold(text).strip(" .()")
    if folded in _UNITS:
        return _UNITS[folded][0]
    first = _VESSEL_WORD.search(folded)
    if folded in _VESSELS:
        return _VESSELS[folded]
    return _VESSELS.get(first[0], "") if first else ""


def content_of(value: Decimal, unit: str) -> Content | None:
    """`value` of a unit as somebody wrote it; None when the unit is none or the value makes no content."""
    folded = fold(unit).strip(" .()")
    if folded in _UNITS:
        name, factor = _UNITS[folded]
        return _content(value * factor, name)
    return _content(value, "piece") if unit_of(unit) == "piece" and value == value.to_integral_value() else None


def _read(text: str) -> Pack:
    approximate = bool(_APPROXIMATE.search(text))
    loose = bool(_LOOSE.search(text))
    dozen = _DOZEN.search(text)
    multiple = _MULTIPLE.search(text) or _MULTIPLE_BEHIND.search(text)
    if multiple:
        first = multiple.re is _MULTIPLE
        count = int(multiple[1] if first else multiple[3])
        each = _measured(multiple[2] if first else multiple[1], multiple[3] if first else multiple[2])
        if each and 1 < count <= 1000:
            whole = _content(each.value * count, each.unit)
            return Pack(content=whole, count=count, each=each, approximate=approximate, loose=loose)
    ranged = _range(text)
    if ranged:
        low, high = ranged
        return Pack(content=low, up_to=high, approximate=True, loose=loose)
    counted = _VESSEL_OF.search(text)
    if counted and int(counted[1]) > 1:
        # "sachets 250 g (carton de 1000)": what is sold is the thousand, not the 250 g.
        return Pack(content=_content(Decimal(counted[1]), "piece"), unit="box", loose=loose)
    measures = [(match, measured) for match in _MEASURE.finditer(text) if (measured := _measured(match[1], match[2]))]
    if measures:
        if _several_sizes(text, [match for match, _measure in measures], [measure for _match, measure in measures]):
            return Pack(several=True, approximate=approximate, loose=loose)
        return Pack(content=measures[0][1], approximate=approximate, loose=loose)
    if dozen:
        pieces = Decimal(dozen[3]) if dozen[3] else Decimal(6 if dozen[1] else 12)
        return Pack(content=Content(pieces, "piece"), unit="" if dozen[3] or dozen[1] else "dozen", loose=loose)
    pieces_match = _COUNT.search(text) or _TIMES.search(text) or _EGGS.search(text) or _COUNT_BARE_P.search(text)
    if pieces_match:
        return Pack(content=_content(Decimal(pieces_match[1]), "piece"), loose=loose)
    return Pack(approximate=approximate, loose=loose)


def _range(text: str) -> tuple[Content, Content] | None:
    """The two ends of "1,2-1,5 kg". "1kg/2kg" is a choice and "2 - 500 g" two things, so neither is a range."""
    match = _RANGE.search(text)
    if not match or (match[3] == "et" and "entre" not in text):
        return None
    if match[3] == "/" and (match[2] or match[1] in ("1", "2", "3")):
        return None
    low, high = _measured(match[1], match[2] or match[5]), _measured(match[4], match[5])
    if not low or not high:
        return None
    if low.unit != high.unit and low.grams and high.grams:
        low, high = Content(low.grams, "g"), Content(high.grams, "g")
    return (low, high) if low.unit == high.unit and low.value < high.value <= 4 * low.value else None


def _several_sizes(text: str, matches: list[re.Match[str]], measures: list[Content]) -> bool:
    """Whether different measures stand side by side as a choice: "5Kg/9Kg/15Kg", "250 g ou 500 g"."""
    for before, after, first, second in zip(matches, matches[1:], measures, measures[1:], strict=False):
        between = text[before.end() : after.start()]
        if first != second and re.fullmatch(r"\s*(/|ou|or|o|,|\|)\s*", between):
            return True
    return False


def _measured(number: str, unit: str) -> Content | None:
    name, factor = _UNITS[unit]
    return _content(_decimal(number) * factor, name)


def _decimal(number: str) -> Decimal:
    if "/" in number:
        above, below = number.split("/")
        return (Decimal(above) / Decimal(below)).quantize(Decimal("0.001"))
    if re.fullmatch(r"[1-9]\d{0,2}[ .]000", number):
        return Decimal(re.sub(r"[ .]", "", number))
    return Decimal(number.replace(",", "."))


def _content(value: Decimal, unit: str) -> Content | None:
    """Plain numbers only: 2.50 kg is 2.5 kg, and nothing is no content."""
    value = value.quantize(Decimal("0.001")).normalize()
    value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value
    return Content(value, unit) if 0 < value < 100_000 else None


def _mend(text: str) -> str:
    """ "25OG" was typed with the letter O."""
    return re.sub(r"(?<=\d)o+(?=\d*\s?(?:k?g|ml|cl|l)\b)", lambda match: "0" * len(match[0]), text)


def _said_measure(text: str) -> str:
    said = _SAID_BARE.search(text)
    return _UNITS[said[1]][0] if said and _UNITS[said[1]][0] in ("kg", "l") else ""


def _with(pack: Pack, *, unit: str, measure: str) -> Pack:
    return Pack(
        unit, pack.content, pack.up_to, pack.approximate, pack.count, pack.each, pack.several, pack.loose, measure
    )
