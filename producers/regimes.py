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
        "flat_rate": _("special agricultural scheme, or exempt: no VAT is shown (art. 34 DPR 633/1972)"),
        "liable": _("ordinary VAT"),
    },
    Country.CH: {
        "franchise": _("exempt: turnover below CHF 100,000 a year"),
        "liable": _("liable for VAT"),
    },
}

# What a page or an invoice says where a farm charges no VAT. Under the flat-rate schemes the law wants nothing said.
MENTIONS: dict[tuple[str, str], str | Promise] = {
    (Country.FR, "franchise"): _("VAT not applicable, article 293 B of the French tax code (CGI)."),
    (Country.CH, "franchise"): _("Not liable for VAT: turnover below CHF 100,000 a year."),
}

# What the law wants before the first sale, as fields of a farm. Only France wants a mediator named; in Switzerland
# farms below the limit may have no number.
NEEDED: dict[str, tuple[str, ...]] = {
    Country.FR: ("legal_name", "siren", "address", "consumer_mediator"),
    Country.IT: ("legal_name", "siren", "address"),
    Country.CH: ("legal_name", "address"),
}
NEEDED_IF_LIABLE: dict[str, tuple[str, ...]] = {
    Country.FR: ("vat_number",),
    Country.IT: (),  # its partita IVA is its VAT number
    Country.CH: ("siren", "vat_number"),
}


def regimes(country: str) -> list[tuple[str, str | Promise]]:
    return list(REGIMES[country].items())
