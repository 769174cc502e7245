from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cagette.errors import DomainError
from cagette.requests import MemberRequest
from catalogs import undoing
from catalogs.access import editable_edit, editable_request
from catalogs.views.keys import posted_key


@login_required
@require_POST
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """Take one edit back."""
    found = editable_edit(request.user, pk)
    return _undo(request, found.catalog_id, lambda: undoing.undo(found, by=request.user, key=posted_key(request)))


@login_required
@require_POST
def whole_request(request: MemberRequest, pk: int) -> HttpResponse:
    """Take back everything that was written together: one form, one list."""
    found = editable_request(request.user, pk)
    return _undo(
        request, found.catalog_id, lambda: undoing.undo_request(found, by=request.user, key=posted_key(request))
    )


def _undo(request: MemberRequest, catalog_id: int, undo: Callable[[], list[int]]) -> HttpResponse:
    try:
        undone = undo()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        told = ngettext("Undone. You can undo that too.", "%(n)s changes are undone.", len(undone))
        messages.success(request, told % {"n": len(undone)})
    return redirect("catalogs:history", pk=catalog_id)
