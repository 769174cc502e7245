from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cagette.errors import DomainError
from cagette.fields import AmountField
from catalogs.importing.grids import Sheet
from catalogs.importing.headers import PRICES, Field
from catalogs.importing.mapping import Mapping
from catalogs.importing.reading import MAX_BYTES, read
from catalogs.importing.rows import Options
from catalogs.importing.telling import Column, header_rows

ACCEPTED = ".csv,.tsv,.txt,.xls,.xlsx,.ods,.socialcalc"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Your list"),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
        help_text=_("XLSX, XLS, ODS or CSV, as it is: titles, sections and totals may stay."),
    )

    def clean_file(self) -> tuple[str, bytes]:
        """The name and the bytes of a file that can be read."""
        upload = self.cleaned_data["file"]
        if (upload.size or 0) > MAX_BYTES:
            raise ValidationError(_("This file is larger than 5 MB: too large for a price list."), code="too_large")
        data = upload.read()
        try:
            read(data, upload.name or "")
        except DomainError as error:
            raise ValidationError(str(error), code="unreadable") from error
        return upload.name or "", data


class SheetForm(forms.Form):
    """Which sheet, and which of its rows is the header: sent by GET, to look at another one."""

    sheet = forms.TypedChoiceField(label=_("Sheet"), coerce=int)
    header = forms.TypedChoiceField(
        label=_("Row of the column titles"),
        coerce=int,
        help_text=_("Products are read from the row below it."),
    )

    def __init__(self, *args: Any, sheets: list[Sheet], mapping: Mapping, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [  # type: ignore[attr-defined]
            (index, sheet.name or _("the list")) for index, sheet in enumerate(sheets)
        ]
        self.fields["header"].choices = [  # type: ignore[attr-defined]
            ("0", _("None: the list begins at once")),
            *header_rows(sheets[mapping.sheet]),
        ]


class MappingForm(forms.Form):
    """The meaning of each column of the sheet shown; the fields are called column-0, column-1 and so on."""

    vat_rate = AmountField(
        label=_("VAT rate where the list names none (%)"),
        min_value=0,
        max_value=30,
        max_digits=4,
        decimal_places=2,
        help_text=_("Only used to work out prices that are given without VAT."),
    )
    cents = forms.BooleanField(
        label=_("Whole numbers without a currency sign are cents: 1145 is 11.45"),
        required=False,
        help_text=_("For lists from EtherCalc and Framacalc that lost their commas."),
    )
    farm = forms.ChoiceField(label=_("Only the rows of this farm"), required=False)

    def __init__(self, data: Any, *, mapping: Mapping, columns: list[Column], farms: list[str]) -> None:
        options = mapping.options
        super().__init__(data, initial={"vat_rate": options.vat_rate, "cents": options.cents, "farm": options.farm})
        self.mapping, self.columns = mapping, columns
        choices = [("", _("— leave out —")), *Field.choices]
        for column in columns:
            self.fields[column.key] = forms.ChoiceField(
                label=_("What “%(title)s” is") % {"title": column.title},
                choices=choices,
                required=False,
                initial=mapping.columns.get(column.index, ""),
            )
        if len(farms) > 1:
            self.fields["farm"].choices = [("", _("all of them")), *((farm, farm) for farm in farms)]  # type: ignore[attr-defined]
        else:
            del self.fields["farm"]

    def selects(self) -> list[tuple[Column, forms.BoundField]]:
        return [(column, self[column.key]) for column in self.columns]

    def options(self) -> list[forms.BoundField]:
        return [self[name] for name in ("vat_rate", "cents", "farm") if name in self.fields]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = {column.key: cleaned[column.key] for column in self.columns if cleaned.get(column.key)}
        twice = {name for name, times in Counter(chosen.values()).items() if times > 1}
        for key, name in chosen.items():
            if name in twice:
                self.add_error(key, ValidationError(_("Chosen for two columns."), code="twice"))
        if Field.NAME.value not in chosen.values():
            self.add_error(None, ValidationError(_("Choose the column of the names."), code="no_name"))
        if not {name.value for name in PRICES} & set(chosen.values()):
            self.add_error(None, ValidationError(_("Choose the column of the prices."), code="no_price"))
        return cleaned

    def chosen(self) -> Mapping:
        """What was chosen, once the form is valid."""
        cleaned = self.cleaned_data
        columns = {column.index: Field(cleaned[column.key]) for column in self.columns if cleaned[column.key]}
        options = Options(vat_rate=cleaned["vat_rate"], cents=cleaned["cents"], farm=cleaned.get("farm", ""))
        return Mapping(self.mapping.sheet, self.mapping.header, columns, options, settled=True)
