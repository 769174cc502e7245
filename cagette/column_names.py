"""What staff read above the columns that only they see: dates, authors, states of the machinery.

What other people see is named where it is defined, in the models. These names are given to the fields once the apps
are loaded, so that no migration has to know them.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Field, Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMES = {
    "about": _("about"),
    "acknowledged_at": _("seen on"),
    "acknowledged_by": _("seen by"),
    "acknowledged_how": _("how it was seen"),
    "after": _("after"),
    "allergens": _("allergens"),
    "allocated": _("allotted"),
    "amount": _("amount"),
    "announced_at": _("announced on"),
    "answer": _("answer"),
    "answer_by": _("answer awaited until"),
    "answered_at": _("answered on"),
    "answered_by": _("answered by"),
    "answered_how": _("how it was answered"),
    "applied_at": _("applied on"),
    "asked_at": _("asked for on"),
    "at": _("when"),
    "attempts": _("attempts"),
    "before": _("before"),
    "bic": _("BIC"),
    "body_hash": _("hash of the request"),
    "by": _("by"),
    "cancel_reason": _("why it is called off"),
    "cancelled_at": _("called off on"),
    "closed_at": _("closed on"),
    "confirmed_at": _("confirmed on"),
    "content": _("content"),
    "content_type": _("type of file"),
    "country": _("country"),
    "created_at": _("created on"),
    "created_by": _("created by"),
    "data": _("data"),
    "decided_by": _("decided by"),
    "delivered": _("delivered"),
    "deposit": _("deposit"),
    "dropped_reason": _("why it is called off"),
    "erased_at": _("erased on"),
    "failed_at": _("given up on"),
    "fallback": _("without an answer"),
    "field": _("field"),
    "filename": _("file name"),
    "filled_at": _("filled in on"),
    "greatest_weight_g": _("greatest weight (g)"),
    "handed_out": _("after the pick-up"),
    "iban": _("IBAN"),
    "invitation_token": _("code of the invitation link"),
    "joined_at": _("joined on"),
    "key": _("key"),
    "kind": _("kind"),
    "labels": _("labels"),
    "language": _("language"),
    "languages": _("languages"),
    "last_error": _("last error"),
    "latitude": _("latitude"),
    "left_at": _("left on"),
    "line": _("order line"),
    "longitude": _("longitude"),
    "mail": _("outgoing mail"),
    "mapping": _("columns"),
    "message_id": _("Message-ID"),
    "minimum_decision": _("decision about the minimum"),
    "next_attempt_at": _("next attempt on"),
    "on_behalf": _("on somebody's behalf"),
    "pdf": _("PDF"),
    "pdf_name": _("PDF file"),
    "pdf_sha256": _("fingerprint of the PDF file"),
    "percent": _("rate (%)"),
    "position": _("position"),
    "price_per_kg": _("price per kg incl. VAT"),
    "priority": _("priority"),
    "published_at": _("published on"),
    "quantity": _("quantity"),
    "quantity_after": _("quantity after"),
    "quantity_before": _("quantity before"),
    "ready_at": _("made on"),
    "reason": _("reason"),
    "recaps": _("recaps written"),
    "recipient": _("recipient"),
    "rendered_at": _("made on"),
    "request": _("request"),
    "result": _("result"),
    "retired_at": _("retired on"),
    "revision": _("revision"),
    "rows": _("frozen rows"),
    "scope": _("what it covers"),
    "scrubbed_at": _("personal data erased on"),
    "secret": _("secret"),
    "sent_at": _("sent on"),
    "sequence": _("version of the calendar entry"),
    "sha256": _("fingerprint of the file"),
    "share_token": _("code of the shared link"),
    "siren": _("SIREN"),
    "siret": _("SIRET"),
    "slug": _("name in addresses"),
    "source": _("source"),
    "state": _("state"),
    "status": _("status"),
    "storage_name": _("name in the storage"),
    "subject": _("subject"),
    "superseded_at": _("superseded on"),
    "template": _("template"),
    "tolerance": _("extra accepted"),
    "tolerance_after": _("extra after"),
    "tolerance_before": _("extra before"),
    "typical_weight_g": _("typical weight (g)"),
    "undoes": _("takes back"),
    "unit_price": _("unit price"),
    "valid_from": _("valid from"),
    "valid_until": _("valid until"),
    "vat_rate": _("VAT rate (%)"),
    "wanted": _("filled in"),
    "wanted_tolerance": _("extra filled in"),
    "withdrawn_at": _("withdrawn on"),
    "xlsx_name": _("XLSX file"),
    "xlsx_sha256": _("fingerprint of the XLSX file"),
}


def give(models: Iterable[type[Model]]) -> None:
    """Name the fields that have no name of their own; one that points to a thing bears the thing's name."""
    for model in models:
        for field in model._meta.get_fields():
            if isinstance(field, Field) and not isinstance(field.verbose_name, Promise):
                target = field.related_model
                if isinstance(target, type) and target._meta.model_name == field.name:
                    field.verbose_name = target._meta.verbose_name or field.verbose_name
                elif field.name in NAMES:
                    field.verbose_name = NAMES[field.name]
