"""What one takes along and what one leaves behind: the export of one's data, and the deletion of the account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cagette import proving
from cagette.requests import MemberRequest
from deliveries import disclosing, scrubbing
from deliveries.forms import DeletionForm


@login_required
@require_safe
def export(request: MemberRequest) -> HttpResponse:
    """All that is kept about oneself, as a file."""
    response = JsonResponse(disclosing.export(request.user), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="cagette-{timezone.localdate():%Y-%m-%d}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def deletion(request: MemberRequest) -> HttpResponse:
    """What it means, and what has to be done first; posting deletes, once it is proved who asks."""
    form = DeletionForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        if not proving.proved(request):
            return proving.ask(request)
        try:
            scrubbing.scrub(request.user)
        except scrubbing.StillNeeded as error:
            status = error.status
        else:
            logout(request)
            messages.success(request, _("Your account is deleted. Thank you for having been with us."))
            return redirect("home")
    context = {
        "form": form,
        "obstacles": scrubbing.obstacles(request.user),
        "proved": proving.proved(request),
    }
    return render(request, "deliveries/deletion.html", context, status=422 if form.errors else status)
