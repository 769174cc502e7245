"""What the public pages of rounds and neighbourhoods say of themselves, where their links are pasted."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cagette.previews import Preview
from orders import pictures
from orders.models import Neighbourhood, Round


def of_site(page: int = 1) -> Preview:
    return Preview(
        title=_("Order together, straight from the farms around"),
        description=_(
            "A neighbour proposes a day and a place, the farms say what they have, everybody orders and pays each farm"
            " itself. Find the group of your neighbourhood."
        ),
        path=reverse("home") + (f"?page={page}" if page > 1 else ""),
    )


def of_neighbourhood(neighbourhood: Neighbourhood, open_rounds: Sequence[Round], *, token: str = "") -> Preview:
    """Of its page, or of the one that its invitation link opens."""
    where = {"commune": neighbourhood.commune, "titles": ", ".join(round.title for round in open_rounds)}
    return Preview(
        title=_("%(name)s: group orders") % {"name": neighbourhood.name},
        description=_("Open now: %(titles)s. Straight from the farms around, in %(commune)s.") % where
        if open_rounds
        else neighbourhood.welcome or _("Group orders straight from the farms around, in %(commune)s.") % where,
        path=reverse("orders:invitation", args=[neighbourhood.slug, token])
        if token
        else reverse("orders:neighbourhood", args=[neighbourhood.slug]),
        listed=neighbourhood.listed and not token,
    )


def of_round(round: Round, farms: Sequence[str] = ()) -> Preview:
    """What, which day, which place, until when, and of which farms; with its picture once it is published."""
    label = pictures.label_of(round)
    facts = [label.day, label.place, label.until, ", ".join(farms)]
    public = round.state != Round.State.PROPOSED
    return Preview(
        title=f"{round.title} · {round.neighbourhood.name}",
        description=" · ".join(fact for fact in facts if fact),
        path=round.shared_path,
        picture=picture_path(round, label) if public else "",
        picture_says=str(label) if public else "",
        listed=public and round.neighbourhood.listed,
    )


def picture_path(round: Round, label: pictures.Label) -> str:
    """Where the picture with these words is, which are of the current language."""
    language = get_language() or settings.LANGUAGE_CODE
    path = reverse("orders:picture", args=[round.pk, language, label.digest])
    return path if round.neighbourhood.listed else f"{path}?link={round.share_token}"
