from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cagette.requests import MemberRequest
from catalogs.forms.certificates import CertificateForm
from catalogs.models import Category
from producers.access import editable_farm
from producers.models import Certificate


@login_required
@require_safe
def certificates(request: MemberRequest, slug: str) -> HttpResponse:
    producer = editable_farm(request.user, slug)
    listed = [
        {
            "certificate": certificate,
            "scope": [str(Category(value).label) for value in certificate.scope if value in Category.values],
            "state": _state(certificate),
        }
        for certificate in producer.certificates.order_by("-expires_on", "-pk")
    ]
    return render(request, "producers/certificates.html", {"producer": producer, "certificates": listed})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, slug: str) -> HttpResponse:
    producer = editable_farm(request.user, slug)
    form = CertificateForm(request.POST or None, request.FILES or None, instance=Certificate(producer=producer))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The certificate is added."))
        return redirect("catalogs:certificates", slug=slug)
    return render(
        request,
        "producers/certificate.html",
        {"form": form, "producer": producer},
        status=422 if form.errors else 200,
    )


def _state(certificate: Certificate) -> str:
    today = timezone.localdate()
    if certificate.expires_on < today:
        return "expired"
    if certificate.valid_from is not None and certificate.valid_from > today:
        return "upcoming"
    return "valid"
