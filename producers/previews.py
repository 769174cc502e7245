"""What the public pages of farms say of themselves, where their links are pasted."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from cagette.previews import Preview
from producers.models import Producer


def of_farms(page: int = 1) -> Preview:
    return Preview(
        title=_("The farms"),
        description=_("Who grows, bakes, brews and herds what the neighbours order together, and where to order it."),
        path=reverse("producers:farms") + (f"?page={page}" if page > 1 else ""),
    )


def of_farm(producer: Producer) -> Preview:
    """Its photo is the picture, where it has one."""
    return Preview(
        title=", ".join(part for part in (producer.name, producer.commune) if part),
        description=producer.story
        or _("What %(name)s sells, and where to order it with the neighbours.") % {"name": producer.name},
        path=reverse("producers:detail", args=[producer.slug]),
        photo=producer.photo.url if producer.photo else "",
        picture_says=producer.name if producer.photo else "",
    )
