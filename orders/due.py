"""What is to be paid: the one sum that the button, the bar, the recap, mails, papers and lists all show.

Deposits are in it, and named beneath. It is exact unless something is weighed, or a tolerance may still fill a case:
then `at_most` includes both, and nothing due ever exceeds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from cagette import wording
from cagette.money import EUR, ZERO, Money, Price, Total, line_amount, total


class Taken(NamedTuple):
    """So much at a price, and up to `extra` more if it fills a case; in the offer's unit."""

    price: Price
    quantity: Decimal
    extra: Decimal = Decimal(0)


@dataclass(frozen=True)
class Due:
    """What one household owes one farm, or several. `goods` has no deposits; `greatest` is all of it at most.

    `net` says that professionals read it: they see amounts without VAT, the VAT, and the sum.
    """

    currency: str = EUR
    goods: Total = field(default_factory=Total)
    deposits: Decimal = ZERO
    greatest: Decimal = ZERO
    net: bool = False

    def __bool__(self) -> bool:
        return bool(self.goods.gross or self.deposits)

    def __add__(self, other: Due) -> Due:
        return Due(
            self.currency,
            self.goods + other.goods,
            self.deposits + other.deposits,
            self.greatest + other.greatest,
            self.net or other.net,
        )

    def __sub__(self, other: Due) -> Due:
        """Return what is added to `other` to make this one."""
        more = {rate: amount - other.goods.rates.get(rate, ZERO) for rate, amount in self.goods.rates.items()}
        vat = {rate: amount for rate, amount in more.items() if amount}
        goods = Total(self.goods.net - other.goods.net, self.goods.gross - other.goods.gross, vat)
        return Due(
            self.currency, goods, self.deposits - other.deposits, self.greatest - other.greatest, self.net or other.net
        )

    @property
    def amount(self) -> Money:
        return self._money(self.goods.gross + self.deposits)

    @property
    def at_most(self) -> Money:
        return self._money(self.greatest)

    @property
    def exact(self) -> bool:
        return self.greatest == self.goods.gross + self.deposits

    @property
    def deposit(self) -> Money:
        return self._money(self.deposits)

    @property
    def without_vat(self) -> Money:
        return self._money(self.goods.net)

    @property
    def vat(self) -> list[tuple[Decimal, Money]]:
        """Per rate in percent."""
        return [(rate, self._money(amount)) for rate, amount in self.goods.rates.items()]

    @property
    def words(self) -> str:
        """`34,20 €`; `environ 34,20 €, au plus 38,00 €` where it isn't exact."""
        amount = wording.money(self.amount)
        if self.exact:
            return amount
        return _("about %(amount)s, at most %(most)s") % {"amount": amount, "most": wording.money(self.at_most)}

    @property
    def said(self) -> str:
        """`34,20 €`, `environ 34,20 €`: where `beneath` stands with it."""
        amount = wording.money(self.amount)
        return amount if self.exact else _("about %(amount)s") % {"amount": amount}

    @property
    def about(self) -> str:
        """`34,20 €`, with `≈` before it where it isn't exact: for a table or a paper."""
        amount = wording.money(self.amount)
        return amount if self.exact else f"≈{wording.NBSP}{amount}"

    @property
    def beneath(self) -> str:
        """What stands beneath the sum: the most it can be, for professionals the VAT in it, and the deposits."""
        said = [] if self.exact else [_("at most %(amount)s") % {"amount": wording.money(self.at_most)}]
        if self.net:
            said.append(self.vat_words)
        if self.deposits:
            said.append(_("%(amount)s of it deposits") % {"amount": wording.money(self.deposit)})
        return " · ".join(said)

    @property
    def vat_words(self) -> str:
        """`137,00 € HT · TVA 5,5 % : 7,53 €` for professionals; nothing for households."""
        if not self.net:
            return ""
        rates = (
            _("VAT %(rate)s: %(amount)s") % {"rate": wording.percent(rate), "amount": wording.money(amount)}
            for rate, amount in self.vat
        )
        return " · ".join([_("%(price)s excl. VAT") % {"price": wording.money(self.without_vat)}, *rates])

    @classmethod
    def thawed(cls, account: Mapping[str, Any], currency: str) -> Due:
        """Read what `frozen` wrote."""
        gross, deposits = Decimal(account["amount"]), Decimal(account.get("deposit") or 0)
        vat = {Decimal(rate): Decimal(amount) for rate, amount in account.get("vat", ())}
        goods = Total(Decimal(account.get("net") or gross), gross, vat)
        greatest = Decimal(account.get("at_most") or gross + deposits)
        return cls(currency, goods, deposits, max(greatest, gross + deposits), "net" in account)

    @property
    def fixed(self) -> str:
        """What a script adds to its own sums, for a farm where nothing changes any more.

        That is: due, at most, deposits; and for professionals without VAT, and the VAT per rate (`5.5=7.53`).
        """
        numbers = [self.amount.amount, self.greatest, self.deposits]
        vat = [f"{rate.normalize():f}={amount}" for rate, amount in self.goods.rates.items()]
        return "/".join([*map(str, numbers), *([str(self.goods.net), *vat] if self.net else [])])

    @property
    def frozen(self) -> dict[str, Any]:
        """Return it as mails and papers keep it: amounts as strings, `amount` without deposits, `at_most` with them.

        `net` and `vat` (pairs of rate and amount) are there for professionals only.
        """
        said = {"amount": str(self.goods.gross), "deposit": str(self.deposits), "at_most": str(self.greatest)}
        if not self.net:
            return said
        vat = [[str(rate), str(amount)] for rate, amount in self.goods.rates.items()]
        return said | {"net": str(self.goods.net), "vat": vat}

    def _money(self, amount: Decimal) -> Money:
        return Money(amount, self.currency)


def to_farm(taken: Iterable[Taken], currency: str, *, net: bool) -> Due:
    """Return what all that one household takes of one farm comes to. VAT is reckoned once per rate, on the sum."""
    taken = list(taken)
    deposits = sum((line_amount(quantity, price.deposit) for price, quantity, _extra in taken), ZERO)
    goods = total(price.item(quantity) for price, quantity, _extra in taken)
    if all(price.per_kg is None and not extra for price, _quantity, extra in taken):
        return Due(currency, goods, deposits, goods.gross + deposits, net)
    heaviest = total(price.greatest_item(quantity + extra) for price, quantity, extra in taken)
    all_deposits = sum((line_amount(quantity + extra, price.deposit) for price, quantity, extra in taken), ZERO)
    return Due(currency, goods, deposits, heaviest.gross + all_deposits, net)


def in_all(dues: Iterable[Due], currency: str) -> Due:
    """Return the sum over farms: each has its own VAT."""
    return sum(dues, Due(currency))
