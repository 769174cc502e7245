from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from cagette.fields import DayField
from cagette.photos import as_jpeg, redraw
from catalogs.models import Category
from producers.models import Certificate

MOST_BYTES = 10 * 1024 * 1024
# Country, a word for organic in its language, and a number: Regulation (EU) 2021/279, annex II.
CERTIFIER = re.compile(r"[A-Z]{2}-(BIO|ÖKO|OKO|ORG|EKO|ÖKOLOGISCH|ÖKOL|LUOMU|MAHE|ORGANIC)-\d{2,3}")

if TYPE_CHECKING:
    CertificateModelForm = forms.ModelForm[Certificate]
else:
    CertificateModelForm = forms.ModelForm  # Django's own can't be subscripted


class CertificateForm(CertificateModelForm):
    """What the certifier's paper says. Its categories are those of products, hence this form's place beside them."""

    scope = forms.MultipleChoiceField(
        label=_("What it covers"),
        choices=Category,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The leaf shows on products of these categories only. None ticked: on all."),
    )
    valid_from = DayField(label=_("Valid from"), required=False)
    expires_on = DayField(
        label=_("Valid until"), help_text=_("The last day. After it the leaf disappears from your products by itself.")
    )
    file = forms.FileField(
        label=_("The certificate itself"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
        help_text=_("A PDF or a photo, 10 MB at most. Anybody may ask to see it."),
    )

    class Meta:
        model = Certificate
        fields: ClassVar = ["certifier_code", "scope", "valid_from", "expires_on", "file"]
        help_texts: ClassVar = {"certifier_code": _("As printed under the leaf: FR-BIO-01, IT-BIO-006.")}

    def clean_certifier_code(self) -> str:
        code = re.sub(r"[\s–—_-]+", "-", str(self.cleaned_data["certifier_code"]).strip().upper())
        if not CERTIFIER.fullmatch(code):
            raise ValidationError(_("A certifier's code reads like FR-BIO-01: country, BIO, number."), code="invalid")
        return code

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if not upload or upload == self.instance.file:
            return upload
        if upload.size > MOST_BYTES:
            raise ValidationError(_("This file is too heavy: 10 MB at most."), code="heavy")
        if upload.read(5) == b"%PDF-":
            upload.seek(0)
            return ContentFile(upload.read(), name=f"{secrets.token_hex(12)}.pdf")
        try:
            return ContentFile(as_jpeg(redraw(upload), quality=85), name=f"{secrets.token_hex(12)}.jpg")
        except ValidationError as error:
            raise ValidationError(_("This is neither a PDF nor a photo."), code="unread") from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("valid_from"), cleaned.get("expires_on")
        if start and end and end < start:
            self.add_error("expires_on", _("It would end before it begins."))
        return cleaned
