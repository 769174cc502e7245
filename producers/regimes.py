"""What each country's law says of a farm: its VAT regimes, and what buyers must be able to read of the seller."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cagette.countries import Country

# The regimes of `Producer.VatRegime` that exist in a country, in its own words.
REGIMES: dict[str, dict[str, str | Promise]] = {
    Country.FR: {
        "franchise": _("small business, no VAT (franchise en base)"),
        "flat_rate": _("agricultural flat-rate compensation"),
        "liable": _("liable for VAT"),
    },
    Country.IT: {
        "franchise": _("exempt, no VAT (art. 34 c. 6)"),
        "flat_rate": _("special scheme for farms (art. 34)"),
        "liable": _("ordinary VAT"),
    },
    Country.CH: {
        # Own produce (LTVA art. 21 al. 2 ch. 26), or too little turnover (art. 10).
        "franchise": _("no VAT: own produce, or below CHF 100,000 a year"),
        "liable": _("liable for VAT"),
    },
}

# Those whose prices hold VAT. Under Italy's special scheme buyers are charged the product's own rate, and only what the
# farm may deduct is a flat rate; the French flat-rate compensation isn't charged to buyers.
CHARGING: dict[str, frozenset[str]] = {
    Country.FR: frozenset({"liable"}),
    Country.IT: frozenset({"flat_rate", "liable"}),
    Country.CH: frozenset({"liable"}),
}

# What a page or an invoice says where a farm charges no VAT. Under the French flat rate the law wants nothing said.
MENTIONS: dict[tuple[str, str], str | Promise] = {
    (Country.FR, "franchise"): _("VAT not applicable, article 293 B of the French tax code (CGI)."),
    (Country.IT, "franchise"): _("Exempt from VAT: article 34, paragraph 6, of DPR 633/1972."),
    (Country.CH, "franchise"): _("This farm charges no VAT."),
}

# What the law wants before the first sale, as fields of a farm. Only France wants a mediator named; in Switzerland
# farms below the limit may have no number.
NEEDED: dict[str, tuple[str, ...]] = {
    Country.FR: ("legal_name", "siren", "address", "consumer_mediator"),
    Country.IT: ("legal_name", "siren", "address"),
    Country.CH: ("legal_name", "address"),
}
NEEDED_WITH_VAT: dict[str, tuple[str, ...]] = {
    Country.FR: ("vat_number",),
    Country.IT: (),  # its partita IVA is its VAT number
    Country.CH: ("siren", "vat_number"),
}


def first_regime(country: str) -> str:
    """Return the regime of a farm that hasn't said its own: one without VAT."""
    return "flat_rate" if country == Country.FR else "franchise"


def regimes(country: str) -> list[tuple[str, str | Promise]]:
    return list(REGIMES[country].items())
