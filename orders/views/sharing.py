"""What leaves the site: the picture of a round in chat apps, the feed of a neighbourhood's rounds."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from orders import feeds, pictures, previews
from orders.access import followed_neighbourhood
from orders.models import Round

PICTURE_KEPT_SECONDS = 30 * 24 * 3600
PICTURE_CACHE = "public, max-age=31536000, immutable"


@require_safe
def picture(request: HttpRequest, pk: int, language: str, digest: str) -> HttpResponse:
    """The picture of a round that anybody may see, an unlisted one by its link. A former address leads to today's."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    rounds = Round.objects.public().visible_to(AnonymousUser(), link=request.GET.get("link", ""))
    round = get_object_or_404(rounds.select_related("neighbourhood", "place"), pk=pk)
    with translation.override(language):
        label = pictures.label_of(round)
        if digest != label.digest:
            return redirect(previews.picture_path(round, label))
    drawn = cache.get_or_set(f"picture:{digest}", lambda: pictures.png(label), PICTURE_KEPT_SECONDS)
    return HttpResponse(drawn, content_type="image/png", headers={"Cache-Control": PICTURE_CACHE})


@require_safe
@conditional_page
@cache_control(max_age=600)
def feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The open and coming rounds as RSS, for everybody; those of an unlisted group by the address its members see."""
    neighbourhood = followed_neighbourhood(request, slug)
    headers = {} if neighbourhood.listed else {"X-Robots-Tag": "noindex"}
    return HttpResponse(feeds.rss(neighbourhood), content_type="application/rss+xml; charset=utf-8", headers=headers)
