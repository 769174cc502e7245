"""How a farm is paid at the pick-up."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Means(TextChoices):
    CASH = "cash", gettext_lazy("cash")
    CHEQUE = "cheque", gettext_lazy("cheque")
    TRANSFER = "transfer", gettext_lazy("bank transfer")
    CARD = "card", gettext_lazy("bank card")
    LOCAL_CURRENCY = "local_currency", gettext_lazy("local currency")


def ways_to_pay(means: Sequence[str], payee: str = "") -> str:
    """`cash, cheque to the order of EARL du Lac or bank transfer`, in the order of `Means`.

    Of a farm that hasn't said, cash: nobody who sells to households may refuse it (Code pénal, R642-3).
    """
    if not means:
        return _("cash (the farm hasn't said what else it takes)")
    words = [_named(each, payee) for each in Means if each in means]
    if len(words) == 1:
        return words[0]
    return _("%(some)s or %(last)s") % {"some": ", ".join(words[:-1]), "last": words[-1]}


def _named(means: Means, payee: str) -> str:
    if means == Means.CHEQUE and payee:
        return _("cheque to the order of %(payee)s") % {"payee": payee}
    return str(means.label)
