"""What a chat app shows of a link that somebody pastes, and search engines of a page."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image

from deliveries import correcting
from orders import pictures
from orders.models import Neighbourhood, Round
from orders.pictures import Label
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def told(client: Client, path: str) -> dict[str, str]:
    """The page's meta elements, its canonical address among them."""
    page = client.get(path).content.decode()
    found = re.findall(r'<(?:meta|link) (?:name|property|rel)="([^"]+)" (?:content|href)="([^"]*)"', page)
    return {name: unescape(content) for name, content in found}


def picture_of(client: Client, path: str) -> Any:
    return client.get(told(client, path)["og:image"].removeprefix(settings.SITE_URL))


def size_of(content: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(content)) as picture:
        return picture.format, picture.size


def test_the_link_of_a_round_shows_what_when_where_and_until_when(client: Client) -> None:
    round = cast.an_open_round(title="La commande du mois")
    tags = told(client, f"/rounds/{round.pk}/")
    assert (tags["og:title"], tags["twitter:card"]) == ("La commande du mois · Gare", "summary_large_image")
    assert tags["og:url"] == tags["canonical"] == f"{settings.SITE_URL}/rounds/{round.pk}/"
    assert "Salle du Prorel · Order until" in tags["og:description"]
    assert tags["description"] == tags["og:description"]
    assert tags["og:image:alt"].startswith("La commande du mois · ")


@pytest.mark.parametrize(
    "path", ["/", "/farms/", "/about/", "/neighbourhoods/gare/", "/farms/prorel/", "/?commune=Gare", "/?page=7"]
)
def test_public_pages_say_who_they_are(client: Client, path: str) -> None:
    cast.a_neighbourhood(slug="gare")
    cast.a_catalog(cast.a_producer(slug="prorel"))
    tags = told(client, path)
    assert tags["canonical"] == tags["og:url"] == settings.SITE_URL + path.partition("?")[0]
    assert tags["og:image"].startswith(settings.SITE_URL)
    assert 20 < len(tags["description"]) <= 201
    assert "robots" not in tags


def test_a_farms_photo_is_its_picture(client: Client) -> None:
    farm = cast.a_producer(photo="producers/goats.jpg", story="Forty goats. " * 40)
    tags = told(client, f"/farms/{farm.slug}/")
    assert tags["og:image"] == f"{settings.SITE_URL}/media/producers/goats.jpg"
    assert "og:image:width" not in tags
    assert (len(tags["description"]) <= 201, tags["description"][-5:]) == (True, "oats…")


def test_the_picture_of_a_round_is_made_once_and_kept_for_good(client: Client) -> None:
    path = f"/rounds/{cast.an_open_round().pk}/"
    cache.clear()
    answer = picture_of(client, path)
    assert (answer.status_code, answer["Content-Type"], size_of(answer.content)) == (
        200, "image/png", ("PNG", (1200, 630)),
    )  # fmt: skip
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in answer["Vary"]
    assert len(answer.content) < 100_000
    # It comes from where it was kept, not from the pencil.
    cache.set(f"picture:{answer.request['PATH_INFO'].rpartition('-')[2].removesuffix('.png')}", b"kept")
    assert picture_of(client, path).content == b"kept"


def test_what_the_picture_says_is_its_address_and_a_former_address_leads_to_it(client: Client) -> None:
    round = cast.an_open_round()
    former = told(client, f"/rounds/{round.pk}/")["og:image"]
    Round.objects.filter(pk=round.pk).update(title="Commande de décembre")
    current = told(client, f"/rounds/{round.pk}/")["og:image"]
    assert former != current
    answer = client.get(former.removeprefix(settings.SITE_URL))
    assert (answer.status_code, answer["Location"]) == (302, current.removeprefix(settings.SITE_URL))
    assert told(Client(headers={"accept-language": "it"}), f"/rounds/{round.pk}/")["og:image"] != current


def test_an_unlisted_round_shows_itself_by_its_link_alone(client: Client) -> None:
    round = cast.an_open_round(cast.a_neighbourhood(listed=False))
    tags = told(client, f"/rounds/{round.pk}/?link={round.share_token}")
    assert tags["og:url"].endswith(f"/rounds/{round.pk}/?link={round.share_token}")
    assert (tags["robots"], "canonical" in tags) == ("noindex", False)
    picture = tags["og:image"].removeprefix(settings.SITE_URL)
    assert Client().get(picture).status_code == 200
    assert Client().get(picture.partition("?")[0]).status_code == 404


def test_there_is_no_picture_of_what_is_only_proposed_not_even_for_its_coordinator(client: Client) -> None:
    proposed = cast.a_proposed_round()
    client.force_login(cast.the_coordinator(proposed))
    assert client.get(f"/rounds/{proposed.pk}/picture/en-0.png").status_code == 404
    tags = told(client, f"/rounds/{proposed.pk}/")
    assert tags["og:image"] == f"{settings.SITE_URL}/static/pictures/preview.png"
    assert tags["robots"] == "noindex"


def test_a_page_by_invitation_is_not_for_search_engines(client: Client) -> None:
    neighbourhood = cast.a_neighbourhood(joining=Neighbourhood.Joining.INVITATION, listed=False)
    path = reverse("orders:invitation", args=[neighbourhood.slug, neighbourhood.invitation_token])
    tags = told(client, path)
    assert (tags["robots"], tags["og:url"]) == ("noindex", settings.SITE_URL + path)


def test_a_label_says_what_one_can_do_by_the_clock() -> None:
    round = cast.an_upcoming_round()

    def until() -> str:
        with translation.override("en"):
            return pictures.label_of(Round.objects.get(pk=round.pk)).until.partition(" on ")[0].partition(" until ")[0]

    seen = [until()]
    Round.objects.filter(pk=round.pk).update(opens_at=timezone.now() - timedelta(hours=1))
    seen.append(until())
    cast.let_the_deadline_pass(round)
    seen.append(until())
    correcting.call_off_round(round, by=cast.the_coordinator(round), reason="Neige")
    seen.append(until())
    assert seen == ["Orders open", "Order", "Orders are closed", "This group order was called off"]


@pytest.mark.parametrize(
    "title",
    ["Pain", "Commande groupée " * 7, "W" * 120, "🥕🥕🥕", "", "Œufs & cætera « d’Été » 🥚", "Ж" * 30, "a\u0301" * 60],
)
def test_any_words_make_a_picture(title: str) -> None:
    label = Label(title, title, title * 3, title, title * 2, urgent=bool(title))
    assert size_of(pictures.png(label)) == ("PNG", (1200, 630))


def test_the_words_of_a_title_stay_on_the_board() -> None:
    """Right and left of it is paper, however long the words are."""
    label = Label("Gare", "W" * 120, "samedi " * 30, "Salle " * 40, "Commandez " * 20, urgent=False)
    with Image.open(io.BytesIO(pictures.png(label))) as drawn:
        picture = drawn.convert("RGB")
        edges = [picture.crop(box).getcolors() for box in ((0, 40, 40, 480), (1160, 40, 1200, 480))]
        board = picture.crop((1113, 60, 1150, 480)).getcolors()
    assert [len(colours or []) for colours in edges] == [1, 1]
    assert len(board or []) == 1
