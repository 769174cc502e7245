"""Photos that nobody shows any more are erased, and no other."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image

from cagette import photos, tidying
from producers.models import Producer
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    """Other tests store the same photos at the same time."""
    settings.MEDIA_ROOT = tmp_path


def a_farm_with_a_photo(colour: str) -> Producer:
    out = io.BytesIO()
    Image.new("RGB", (500, 300), colour).save(out, "PNG")
    farm = cast.a_producer()
    farm.photo.save("a.png", ContentFile(out.getvalue()))
    return farm


def files_of(name: str) -> int:
    stem = name.removeprefix("producers/").removesuffix(".jpg")
    return sum(file.startswith(stem) for file in default_storage.listdir("producers")[1])


def test_a_photo_taken_away_is_erased_in_all_its_sizes_and_one_that_is_shown_stays() -> None:
    away, stays = a_farm_with_a_photo("red"), a_farm_with_a_photo("blue")
    name = str(away.photo)
    assert files_of(name) == 4
    Producer.objects.filter(pk=away.pk).update(photo="")
    tidying.erase_unused_photos()
    assert (files_of(name), files_of(str(stays.photo))) == (0, 4)


def test_a_photo_that_another_farm_shows_too_stays() -> None:
    one, other = a_farm_with_a_photo("green"), a_farm_with_a_photo("green")
    Producer.objects.filter(pk=one.pk).update(photo="")
    tidying.erase_unused_photos()
    assert files_of(str(other.photo)) == 4


def test_other_files_in_the_folder_are_left_alone() -> None:
    name = default_storage.save("producers/of-another-kind.jpg", ContentFile(b"bytes"))
    tidying.erase_unused_photos()
    assert default_storage.exists(name)


def test_while_somebody_stores_a_photo_nothing_is_erased() -> None:
    away = a_farm_with_a_photo("yellow")
    Producer.objects.filter(pk=away.pk).update(photo="")
    elsewhere = connection.copy()
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s, 0)", [photos.STORING_LOCK])
    assert tidying.erase_unused_photos() == 0
    elsewhere.close()
    assert files_of(str(away.photo)) == 4
