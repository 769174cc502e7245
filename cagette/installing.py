"""Cagette on a phone's home screen: the manifest, the service worker, and the page for when there is no network.

None of them asks who is there, so that no session is read and every phone gets the same.
"""

from __future__ import annotations

import json
from functools import cache

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# The header by which a page says that a phone may keep it to be read without a network, and whose it is.
KEEP = "X-Keep-For"

# What the page for when there is no network is made of. The worker keeps what a sheet needs as it sees it pass.
SHELL = ("css/cagette.css", "fonts/young-serif-3.003.woff2", "icons/logo.svg", "js/offline.js")


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """How Cagette installs itself, in the visitor's language."""
    # The mark keeps clear of the edges: the largest may be cut to any shape.
    icons = [("192", "any"), ("512", "any"), ("512", "maskable")]
    content = {
        "name": _("Cagette, group orders from the farms around"),
        "short_name": "Cagette",
        "lang": request.LANGUAGE_CODE,
        "id": "/",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "theme_color": "#2a3437",
        "background_color": "#f7f0e3",
        "icons": [
            {"src": static(f"icons/logo-{n}.png"), "sizes": f"{n}x{n}", "type": "image/png", "purpose": purpose}
            for n, purpose in icons
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@never_cache
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script of static/js, with what it can't know by itself; a new release is a new text, and so a new worker."""
    known = {
        "version": getattr(staticfiles_storage, "manifest_hash", "development"),
        "shell": [static(name) for name in SHELL],
        "files": settings.STATIC_URL,
        "offline": reverse("offline"),
        "account": "/accounts/",
    }
    text = f"const CAGETTE = {json.dumps(known)};\n{_worker()}"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What a phone without a network shows instead of a page that it hasn't kept."""
    return render(request, "offline.html")


@cache
def _worker() -> str:
    return (settings.BASE_DIR / "static/js/service-worker.js").read_text()
