"""One evening that every page has something to show of: the people, their farms, households and rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from cagette.models import MailAttachment
from catalogs import editing
from catalogs.importing import applying
from catalogs.models import CatalogEdit, Product
from deliveries import closing, granting, pick_lists, withdrawal_links
from deliveries.models import PickList, SignOffSheet
from orders import joining, preferences, rounds
from orders.models import Membership, Order, Round, Stall
from producers.models import Certificate, Producer, ProducerMember
from tests import cast
from tests.orders.sheets import a_change, fields, signed_in

PEOPLE = ("anonymous", "stranger", "member", "neighbour", "producer", "other producer", "coordinator", "staff")


@dataclass(frozen=True)
class Answer:
    """What somebody got: a status, and where a redirection led."""

    status: int
    location: str

    @property
    def word(self) -> str:
        """As the table says it: "in" is being asked to sign in."""
        gates = (reverse("account_login"), reverse("admin:login"))
        return "in" if self.status == 302 and self.location.startswith(gates) else str(self.status)


class Scene:
    """A neighbourhood with a round that is proposed, one that is open, one that waits for an answer about a farm's
    minimum, and one that has closed; beside it a neighbourhood that isn't listed.

    Both farms sell in the rounds that are past the proposal; the proposed one has invited `farm` alone.
    """

    def __init__(self) -> None:
        self._people()
        self._farms()
        self._rounds()
        self._papers()
        self._links()
        users = (None, self.stranger, self.member, self.neighbour, self.producer, self.other_producer,
                 self.coordinator, self.staff)  # fmt: skip
        self.sessions = {
            name: None if user is None else signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
            for name, user in zip(PEOPLE, users, strict=True)
        }

    def _an_edit(self, product: Product) -> CatalogEdit:
        editing.change(product, {"origin": "Névache"}, by=self.producer, source=CatalogEdit.Source.FORM)
        return CatalogEdit.objects.latest("pk")

    def _people(self) -> None:
        self.neighbourhood = cast.a_neighbourhood()
        self.coordinator = cast.a_coordinator(self.neighbourhood)
        self.member = cast.a_member(self.neighbourhood, "Ferrand")
        self.household = cast.the_household(self.member)
        self.neighbour = cast.a_member(self.neighbourhood, "Rey")
        self.stranger = cast.a_user("Inconnue")
        self.staff = cast.a_staff_user()
        self.asking_in = cast.a_membership(
            cast.a_household(self.neighbourhood, "Blanc"), state=Membership.State.PENDING
        )
        self.quiet = cast.a_neighbourhood("Forville", listed=False, joining="invitation")

    def _farms(self) -> None:
        self.farm = cast.a_producer()
        self.producer = cast.a_farmer(self.farm)
        self.editor = ProducerMember.objects.create(
            producer=self.farm, user=cast.a_user("Jeanne"), role=ProducerMember.Role.EDITOR
        )
        self.retired_farm = cast.a_producer("Ferme du Lauzet", retired_at=timezone.now())
        self.catalog = cast.a_catalog(self.farm)
        self.product = cast.a_product(self.catalog)
        self.returnable = cast.a_returnable(self.farm, to_check=True)
        self.draft = cast.a_catalog(self.farm, "Hiver", published_at=None)
        self.draft_product = cast.a_product(self.draft)
        self.edit, self.draft_edit = (self._an_edit(product) for product in (self.product, self.draft_product))
        self.edit_request = self.edit.request
        self.importing = applying.begin(self.catalog, b"Produit;Prix\nTomme;4,50\n", "prix.csv", by=self.producer)
        certificate = default_storage.save("certificates/bio.pdf", ContentFile(b"%PDF-1.7"))
        Certificate.objects.create(
            producer=self.farm, certifier_code="FR-BIO-01", file=certificate, expires_on=timezone.localdate()
        )
        self.certificate_file = certificate
        other_farm: Producer = cast.a_producer("Le Rucher")
        self.other_producer = cast.a_farmer(other_farm, "Mina")
        self.other_catalog = cast.a_catalog(other_farm, products=1)

    def _rounds(self) -> None:
        self.proposed = cast.a_proposed_round(self.neighbourhood, self.catalog, by=self.coordinator)
        self.invited = self.proposed.stalls.get()
        self.open, self.open_order = self._ordered()
        self.open_stall = self.open.stalls.get(producer=self.farm)
        below, _order = self._ordered()
        self.waiting = below.stalls.get(producer=self.farm)
        Stall.objects.filter(pk=self.waiting.pk).update(minimum_amount=Decimal(100), below_minimum="ask")
        self._close(below)
        self.closed, self.closed_order = self._ordered()
        self._close(self.closed)
        [line] = self.closed_order.lines.filter(offer__stall__producer=self.farm)
        self.grant = granting.offer_more(self.closed_order, line.offer, line.offer.step, by=self.coordinator, reason="")
        self.pick_list = PickList.objects.get(stall__round=self.closed, stall__producer=self.farm)
        self.quiet_round = cast.an_open_round(self.quiet, cast.a_catalog(products=1))

    def _ordered(self) -> tuple[Round, Order]:
        """An open round of both farms, in which the member's household has ordered one thing of each."""
        round = cast.an_open_round(self.neighbourhood, self.catalog, self.other_catalog, by=self.coordinator)
        return round, cast.an_order(round, self.household, dict.fromkeys(cast.offers_of(round), 1))

    def _close(self, round: Round) -> None:
        cast.let_the_deadline_pass(round, by=timedelta(seconds=1))
        for stall in round.stalls.all():
            closing.close(stall.pk)
        closing.close_round(round.pk)

    def _papers(self) -> None:
        """The files of the closed round, as the workers leave them but for what is in them."""
        content = b"%PDF-1.7"
        stored, digest, now = default_storage.save("paper.pdf", ContentFile(content)), sha256(content), timezone.now()
        made = {"pdf_name": stored, "pdf_sha256": digest.hexdigest(), "rendered_at": now}
        PickList.objects.update(**made, xlsx_name=stored, xlsx_sha256=digest.hexdigest())
        SignOffSheet.objects.update(**made)
        source = f"pick-list:{self.pick_list.pk}:pdf"
        MailAttachment.fulfil(source, storage_name=stored, sha256=digest.hexdigest(), at=now)
        self.attachment = MailAttachment.objects.get(source=source)
        self.mail = self.attachment.mail

    def _links(self) -> None:
        self.invitation_token = self.quiet.invitation_token
        self.household_token = joining.household_token(self.household)
        membership = Membership.objects.get(user=self.member)
        self.mails_token = preferences.links(membership.pk)["preferences_link"].split("/")[-2]
        self.withdrawal_token = withdrawal_links.token(self.closed_order.pk, membership.pk)
        self.answer_token = rounds.invitation_token(self.invited)
        self.seen_token = pick_lists.acknowledgement_token(self.pick_list)

    # What the order sheet of the member's household sends

    def a_change(self) -> dict[str, Any]:
        return a_change(self.household, self.open_stall.offers.get(), 2, 1)

    def a_sheet(self) -> dict[str, Any]:
        """All that is on it, one piece more of the farm's product than was ordered."""
        offer = self.open_stall.offers.get()
        return fields(self.household, {each: 2 if each == offer else 1 for each in cast.offers_of(self.open)})

    def a_guests_sheet(self) -> dict[str, Any]:
        """What a page without a household sends, here one that stayed open beyond the close: it is kept for them."""
        offer = self.closed.stalls.get(producer=self.farm).offers.get()
        return {
            "key": str(uuid4()),
            f"quantity-{offer.pk}": 1,
            f"shown-{offer.pk}": f"{offer.stall_id}/0/0/0/0/{offer.price}",
        }

    def a_star(self) -> dict[str, Any]:
        return self.a_sheet() | {"star": f"{self.open_stall.offers.get().pk}:on"}

    def a_note(self) -> dict[str, Any]:
        return {"household": self.household.pk, "stall": self.open_stall.pk, "text": "Bien cuit", "seen": ""}

    # Asking

    def path(self, name: str, arguments: tuple[str, ...] = (), query: str = "") -> str:
        return reverse(name, args=[self._argument(each) for each in arguments]) + query.format(scene=self)

    def _argument(self, name: str) -> object:
        """What a URL holds of the thing with that name in this scene; "=guess" is the word itself."""
        if name.startswith("="):
            return name[1:]
        thing = getattr(self, name)
        return getattr(thing, "slug", thing.pk) if isinstance(thing, Model) else thing

    def asked(self, person: str, method: str, path: str, data: Mapping[str, Any] | None = None) -> Answer:
        client = Client()
        self.sign_in(client.cookies, person)
        response = getattr(client, method.lower())(path, data)
        if response.streaming:
            # Read to its end, it closes its file.
            b"".join(response)
        return Answer(response.status_code, response.headers.get("Location", ""))

    async def streamed(self, person: str, path: str) -> Answer:
        """As `asked`, from the process that serves streams."""
        client = AsyncClient()
        self.sign_in(client.cookies, person)
        response = await client.get(path)
        # As a server does once the reader has gone.
        await sync_to_async(response.close)()
        return Answer(response.status_code, response.headers.get("Location", ""))

    def sign_in(self, cookies: SimpleCookie, person: str) -> None:
        session = self.sessions[person]
        if session is not None:
            cookies[settings.SESSION_COOKIE_NAME] = session
