"""Yes and no, labels and categories, out of the words of three languages."""

from __future__ import annotations

import re

from catalogs.importing.contents import fold
from catalogs.importing.grids import Cell

_YES = re.compile(
    r"(oui|o|yes|y|si|s|vrai|true|vero|x|v|ok|1|✓|✔|☑|bio|ab|actif|active|attivo|disponible|disponibile|available|"
    r"en vente|dispo|en stock|in stock)[ .!]*"
)
_NO = re.compile(r"(non|n|no|faux|false|falso|0|-|–|✗|✘|☐|inactif|inactive|aucun|nessuno|pas|jamais)[ .!]*")

_LABELS: tuple[tuple[str, str], ...] = (
    ("in_conversion", r"en conversion|in conversion[e]?|conversion"),
    ("demeter", r"demeter|biodynami\w*"),
    ("nature_progres", r"natures? ?(?:&|et) ?progres"),
    ("red_label", r"label rouge|red label"),
    ("pdo", r"\b(?:aop|aoc|dop|pdo)\b"),
    ("pgi", r"\b(?:igp|pgi)\b"),
    ("farmhouse", r"\b(?:fermiere?s?|farmhouse|di fattoria)\b"),
    ("organic", r"\b(?:bio|biologiques?|biologic[oaie]|organic|agriculture biologique)\b|\bab\b"),
)
_NOT_ORGANIC = re.compile(r"\b(non|pas|not|sans|no)\W+(?:bio\b|biologique|organic)")

# The word that comes first in a text decides ("jus de pommes" is a drink, "courge spaghetti" a vegetable), the longer
# of two.
_CATEGORIES: dict[str, str] = {
    "other": r"""
        savons? shampo\w* lessive cosmeti\w* soins? hygiene dentifrice deodorant eponge vaisselle entretien argile
        sapone solid
    """,
    "honey": r"""
        miels? ruche pollen propolis confitures? gelees? compotes? marmelade confettur[ae] miele honey jams?
    """,
    "drinks": r"""
        boissons? jus vins? bieres? cidres? sirops? limonades? cola nectars? the thes tisanes? infusions? cafes?
        mate bevand[ae] succ[oh]i? birra vino drinks? juice wine beer coffee tea
    """,
    "eggs": r"""
        oeufs? uov[ao] eggs?
    """,
    "dairy": r"""
        fromages? cremerie laitiers? laits? yaourts? beurre cremes?.fraiches? tommes? faisselles? raclette reblochon
        beaufort formaggi\w* latte latticini burro cheese dairy milk yogh?urts?
    """,
    "bread": r"""
        pains? boulangerie brioches? baguettes? viennoiseries? pane bread bakery
    """,
    "meat": r"""
        viandes? charcuteries? volailles? poulets? porcs? boeufs? veaux? agneaux? canards? saucissons? saucisses?
        jambons? lapins? rillettes boucherie carne carni salumi pollo meat poultry steak merguez terrines?
    """,
    "fish": r"""
        poissons? truites? thon saumon sardines? maquereaux? moules huitres? crustaces? pesce fish
    """,
    "herbs": r"""
        herbes? aromat\w* plants? plantes? fleurs? basilic thym romarin persil ciboulette menthe aneth origan
        coriandre estragon sarriette hysope liveche erbe herbs?
    """,
    "grocery": r"""
        epicerie farines? pates? riz cereales? huiles? vinaigres? lentilles? pois.chiches? haricots.secs? chocolats?
        sucres? biscuits? conserves? sels? fleur.de.sel epices? galettes? muesli flocons? graines? quinoa couscous
        boulgh?our noix.de.cajou amandes? raisins?.secs? moutarde cacao soupes? potages? puree.de.tomates?
        tomates.pelees secs? pasta farina olio riso cereali grocery groceries flour penne spaghettis? tagliatelles?
        coquillettes? torsades? sarrasin epeautre poivre curry cannelle beurre.de.cacahuetes? krounchy
    """,
    "fruit": r"""
        fruits? pommes? poires? fraises? cerises? framboises? abricots? peches? prunes? raisins? melons? kiwis?
        agrumes? citrons? oranges? noix chataignes? myrtilles? frutta mele pere fragole ciliegie albicocche susine
        prugne pesche mirtilli apples?
    """,
    "vegetables": r"""
        legumes? maraich\w* pommes?.de.terre patates? carottes? tomates? poireaux? salades? courges? courgettes?
        oignons? navets? choux? radis epinards? betteraves? potimarrons? butternut ail concombres? aubergines?
        poivrons? haricots? blettes? verdur[ae] ortaggi patate vegetables? fenouil panais
    """,
}
_CATEGORY_PATTERNS = {
    name: re.compile(r"\b(?:" + "|".join(sorted(words.replace("\\\\", "\\").split(), key=len, reverse=True)) + r")\b")
    for name, words in _CATEGORIES.items()
}


def yes_or_no(cell: Cell) -> bool | None:
    """What a cell that should hold yes or no says; None when it's empty or says neither."""
    if cell is None:
        return None
    text = fold(f"{cell:f}" if not isinstance(cell, str) and hasattr(cell, "as_tuple") else str(cell))
    if _NO.fullmatch(text):
        return False
    return True if _YES.fullmatch(text) else None


def labels_in(text: str) -> list[str]:
    """The labels a text claims; a claim of conversion is not one of being organic."""
    folded = fold(text)
    if _NOT_ORGANIC.search(folded):
        folded = _NOT_ORGANIC.sub(" ", folded)
    found = [name for name, pattern in _LABELS if re.search(pattern, folded)]
    if "in_conversion" in found and "organic" in found:
        found.remove("organic")
    return found


def category_of(*texts: str) -> str:
    """The catalogue's category by the first text that names one: its heading or column first, then its name."""
    for text in texts:
        folded = fold(text)
        found = [
            (match.start(), -len(match[0]), name)
            for name, pattern in _CATEGORY_PATTERNS.items()
            if (match := pattern.search(folded))
        ]
        if found:
            return min(found)[2]
    return ""
