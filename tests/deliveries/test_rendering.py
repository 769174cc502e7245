"""The files that mails wait for: made once, the same for all, and never forgotten."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, connections, transaction
from pytest_django import Settings

from cagette.models import MailAttachment, OutgoingMail
from deliveries import closing, pick_lists, rendering
from deliveries.models import PickList, SignOffSheet
from orders.models import Round
from producers.models import PickListRecipient
from tests import cast

pytestmark = pytest.mark.django_db


def a_closed_round(*, addresses: int = 1) -> Round:
    """One farm, one household with a login, two pieces of one product; nothing rendered yet."""
    farm = cast.a_producer()
    for n in range(1, addresses):
        PickListRecipient.objects.create(producer=farm, email=f"also-{n}-{farm.slug}@example.org")
    round = cast.an_open_round(None, cast.a_catalog(farm, products=1))
    household = cast.the_household(cast.a_member(round.neighbourhood, "Ferrand"))
    cast.an_order(round, household, {cast.offers_of(round)[0]: 2})
    closing.close(round.stalls.get().pk, by=cast.the_coordinator(round))
    closing.close_round(round.pk)
    return Round.objects.get(pk=round.pk)


def source_of(round: Round, ending: str = "pdf") -> str:
    return f"pick-list:{PickList.objects.get(stall__round=round).pk}:{ending}"


def content(name: str) -> bytes:
    with default_storage.open(name) as file:
        read: bytes = file.read()
    return read


@pytest.mark.parametrize("ending", ["pdf", "xlsx"])
def test_a_pick_list_and_its_spreadsheet_are_made_together(ending: str) -> None:
    round = a_closed_round()
    rendering.render(source_of(round, ending))
    paper = PickList.objects.get(stall__round=round)
    assert paper.rendered_at is not None
    assert content(paper.pdf_name).startswith(b"%PDF-1.7")
    assert content(paper.xlsx_name).startswith(b"PK")
    assert hashlib.sha256(content(paper.pdf_name)).hexdigest() == paper.pdf_sha256
    assert hashlib.sha256(content(paper.xlsx_name)).hexdigest() == paper.xlsx_sha256


def test_every_recipient_gets_the_same_file_and_can_be_written_to() -> None:
    round = a_closed_round(addresses=3)
    mails = OutgoingMail.objects.filter(template="deliveries/mail/pick_list")
    assert not mails.claimable().exists()
    rendering.render(source_of(round))
    paper = PickList.objects.get(stall__round=round)
    assert mails.claimable().count() == 3
    made = MailAttachment.objects.filter(mail__in=mails, content_type="application/pdf")
    assert set(made.values_list("storage_name", "sha256")) == {(paper.pdf_name, paper.pdf_sha256)}


def test_rendering_again_changes_nothing() -> None:
    round = a_closed_round()
    rendering.render(source_of(round))
    before = PickList.objects.filter(stall__round=round).values().get()
    rendering.render(source_of(round))
    assert PickList.objects.filter(stall__round=round).values().get() == before


def test_a_mail_written_after_the_rendering_gets_the_file_that_is_there() -> None:
    round = a_closed_round()
    rendering.render(source_of(round))
    paper = PickList.objects.get(stall__round=round)
    MailAttachment.objects.filter(source=source_of(round)).update(ready_at=None, storage_name="", sha256="")
    rendering.render(source_of(round))
    assert MailAttachment.objects.get(source=source_of(round)).sha256 == paper.pdf_sha256


def test_what_another_worker_is_making_is_left_to_it() -> None:
    round = a_closed_round()
    paper = PickList.objects.get(stall__round=round)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(%s, hashtext(%s))", [rendering.RENDERING_LOCK, f"pick-list:{paper.pk}"]
            )
        rendering.render(source_of(round))
        assert PickList.objects.get(pk=paper.pk).rendered_at is None
        assert source_of(round) in rendering.unfinished()
    finally:
        # As when that worker is killed: its connection goes, and its lock with it.
        other.close()
    rendering.render(source_of(round))
    assert PickList.objects.get(pk=paper.pk).rendered_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_file() -> None:
    round = a_closed_round(addresses=2)
    source = source_of(round)

    def work(_n: int) -> None:
        try:
            rendering.render(source)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    rendering.render(source)
    paper = PickList.objects.get(stall__round=round)
    made = MailAttachment.objects.filter(source=source)
    assert set(made.values_list("sha256", flat=True)) == {paper.pdf_sha256}
    assert made.filter(ready_at=None).count() == 0


def test_the_torn_half_of_a_file_is_not_taken_for_the_file() -> None:
    whole = b"%PDF-1.7 and so on to the end"
    sha = hashlib.sha256(whole).hexdigest()
    default_storage.save(f"papers/{sha}.pdf", ContentFile(whole[:8]))
    name, stored = rendering.store("papers", "pdf", whole)
    assert (content(name), stored) == (whole, sha)
    assert name != f"papers/{sha}.pdf"


def test_the_same_content_is_stored_once() -> None:
    first, second = (rendering.store("papers", "pdf", b"the same") for _n in range(2))
    assert first == second
    _folders, files = default_storage.listdir("papers")
    assert [name for name in files if hashlib.sha256(content(f"papers/{name}")).hexdigest() == first[1]] == [
        Path(first[0]).name
    ]


def test_a_failure_leaves_the_paper_to_the_next_sweep(settings: Settings, tmp_path: Path) -> None:
    round = a_closed_round()
    (tmp_path / "full").write_text("no folder can be made here")
    good, settings.MEDIA_ROOT = settings.MEDIA_ROOT, str(tmp_path / "full")
    with pytest.raises(OSError), transaction.atomic():  # noqa: PT011  # which one is the system's business
        rendering.render(source_of(round))
    settings.MEDIA_ROOT = good
    assert source_of(round) in rendering.unfinished()
    assert not OutgoingMail.objects.filter(template="deliveries/mail/pick_list").claimable().exists()
    rendering.render(source_of(round))
    assert source_of(round) not in rendering.unfinished()


def test_the_sweep_names_each_thing_once_and_pick_lists_first() -> None:
    round = a_closed_round(addresses=2)
    sheet = SignOffSheet.objects.get(round=round)
    assert rendering.unfinished() == [source_of(round), f"calendar:{round.pk}:0", f"sign-off:{sheet.pk}:pdf"]


def test_after_the_sweep_every_mail_can_leave() -> None:
    round = a_closed_round()
    for source in rendering.unfinished():
        rendering.render(source)
    assert rendering.unfinished() == []
    mails = OutgoingMail.objects.about(f"round:{round.pk}")
    assert mails.claimable().count() == mails.count() > 3


def test_a_revision_has_a_file_of_its_own() -> None:
    round = a_closed_round()
    rendering.render(source_of(round))
    first = PickList.objects.get(stall__round=round)
    with transaction.atomic():
        second = pick_lists.freeze(round.stalls.get(), reason="Erreur de saisie")
    rendering.render(f"pick-list:{second.pk}:pdf")
    assert PickList.objects.get(pk=second.pk).pdf_sha256 != first.pdf_sha256


def test_the_calendar_entry_is_the_same_for_all() -> None:
    round = a_closed_round()
    source = f"calendar:{round.pk}:0"
    rendering.render(source)
    made = MailAttachment.objects.filter(source=source).first()
    assert made is not None
    late = MailAttachment.objects.create(
        mail=OutgoingMail.objects.exclude(attachments__source=source)[0],
        filename="cagette.ics",
        content_type="text/calendar",
        source=source,
    )
    rendering.render(source)
    late.refresh_from_db()
    assert (late.storage_name, late.sha256) == (made.storage_name, made.sha256)


@pytest.mark.parametrize("source", ["", "pick-list:1", "pick-list:1:docx", "poster:1:pdf"])
def test_a_source_of_no_known_kind_is_refused(source: str) -> None:
    with pytest.raises(rendering.UnknownSourceError):
        rendering.render(source)


@pytest.mark.parametrize(
    ("languages", "language"), [([], "fr"), (["it", "fr"], "it"), (["oc", "en"], "en"), (["oc"], "fr")]
)
def test_papers_are_in_the_first_language_that_is_spoken(languages: list[str], language: str) -> None:
    assert rendering.spoken(languages) == language
