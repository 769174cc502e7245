"""Serving what people uploaded for everybody to see, wherever it is stored.

Pick lists and other papers lie in the same storage: only the folders named here are public, and in them only files
named as ours are. Their names never come twice, so browsers may keep them for good.
"""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.urls import re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

TYPES = {"avif": "image/avif", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "pdf": "application/pdf"}


@require_safe
@cache_control(public=True, max_age=365 * 24 * 3600, immutable=True)
def public(request: HttpRequest, name: str, ending: str) -> FileResponse:
    try:
        file = default_storage.open(name)
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(file, content_type=TYPES[ending], as_attachment=ending == "pdf")


urlpatterns = [
    re_path(
        r"^(?P<name>(?:producers|products|certificates)/[A-Za-z0-9_-]+\.(?P<ending>avif|jpg|png|webp|pdf))$",
        public,
        name="public_file",
    ),
]
