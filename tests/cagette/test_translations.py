"""Whatever the code and the templates say, the catalogs of locale/ say in French and in Italian: bin/words brings them
up to date."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.utils.functional import Promise

from cagette.apps import OURS

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
# What a sentence is filled with, and its markup: they are no words.
FILLED = re.compile(r"%\(\w+\)[\d.]*[a-z]|%%|\{\w+\}|</?\w[^>]*>")


class Text(NamedTuple):
    """A message as the source has it."""

    context: str
    singular: str
    plural: str


Translated = dict[Text, tuple[str, ...]]


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def translated(catalog: Catalog) -> Translated:
    said = {}
    for message in catalog:
        if message.id:
            both = (message.id, "") if isinstance(message.id, str) else message.id
            words = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            said[Text(message.context or "", both[0], both[1])] = words
    return said


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> set[Text]:
    """What is to be translated now, taken from a copy: taking it writes files beside the templates."""
    copy = tmp_path_factory.mktemp("source")
    for part in (*(app for app in settings.INSTALLED_APPS if (settings.BASE_DIR / app).is_dir()), "templates"):
        skipped = shutil.ignore_patterns("__pycache__", "migrations")
        shutil.copytree(settings.BASE_DIR / part, copy / part, ignore=skipped)
    (copy / "locale").mkdir()
    # Without settings Django writes below the directory it runs in, and not into this checkout.
    surroundings = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = (sys.executable, "-m", "django", "makemessages", "--locale", "en", "--verbosity", "0")
    subprocess.run(command, cwd=copy, env=surroundings, check=True, capture_output=True)
    return set(translated(read(copy / "locale/en/LC_MESSAGES/django.po")))


@pytest.fixture(scope="module", params=LANGUAGES)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    language: str = request.param
    return read(settings.BASE_DIR / "locale" / language / "LC_MESSAGES" / "django.po")


def test_every_message_is_in_the_catalog_and_none_besides(source: set[Text], catalog: Catalog) -> None:
    kept = set(translated(catalog))
    assert (sorted(source - kept), sorted(kept - source), len(catalog.obsolete)) == ([], [], 0)


def test_every_message_is_translated_in_all_its_numbers(catalog: Catalog) -> None:
    numbers = catalog.num_plurals
    short = [
        text
        for text, words in translated(catalog).items()
        if not all(words) or len(words) != (numbers if text.plural else 1)
    ]
    unsure = [message.id for message in catalog if message.id and message.fuzzy]
    assert (short, unsure) == ([], [])


def test_translations_are_filled_with_the_same_and_carry_the_same_markup(catalog: Catalog) -> None:
    wrong = []
    for text, words in translated(catalog).items():
        allowed = [sorted(FILLED.findall(each)) for each in (text.singular, text.plural) if each]
        if any(sorted(FILLED.findall(each)) not in allowed for each in words):
            wrong.append((text, words))
    assert wrong == []


def test_french_has_its_own_spaces_and_signs() -> None:
    catalog = read(settings.BASE_DIR / "locale/fr/LC_MESSAGES/django.po")
    # A space that breaks before a sign, a sign without any space, a straight apostrophe, English quotation marks.
    careless = re.compile(r" [:;!?%€»](?!\()|«(?!\N{NO-BREAK SPACE})|[\w)][;!?»]|\w:(?!\d|//)|\w'|[“”]")
    assert [words for words in translated(catalog).values() if any(map(careless.search, words))] == []


def test_every_column_that_staff_see_has_a_name_to_translate() -> None:
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    fields = [field for model in models for field in model._meta.fields if not field.auto_created]
    assert [str(field) for field in fields if not isinstance(field.verbose_name, Promise)] == []
