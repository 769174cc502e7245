"""Pages about the site itself."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django import forms
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cagette.money import EUR, Money
from cagette.previews import Preview
from cagette.templatetags.icons import CATEGORIES

# One's own orders aren't among them: they ask to sign in, and Lighthouse takes the ban of a page for a fault of it.
SIGNED_IN = ("/accounts/", "/coordination/", "/desk/", "/households/", "/staff/")


class SampleForm(forms.Form):
    """One field of each kind, for /style/."""

    name = forms.CharField(label=_("name"), help_text=_("As the neighbours know you."))
    quantity = forms.DecimalField(
        label=_("quantity"),
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        max_value=Decimal(100),
    )
    day = forms.DateField(label=_("day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    place = forms.ChoiceField(label=_("place"), choices=[("1", "Salle Jean Moulin"), ("2", "Cour de la ferme")])
    note = forms.CharField(label=_("note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(label=_("price list"), required=False, help_text="CSV, XLSX, XLS, ODS")
    below = forms.ChoiceField(
        label=_("below the minimum"),
        choices=[("deliver", "livrer quand même"), ("ask", "demander"), ("drop", "renoncer")],
        widget=forms.RadioSelect,
    )
    reminders = forms.BooleanField(label=_("reminders by mail"), required=False, help_text=_("Two before each close."))


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    preview = Preview(
        title=gettext("How it works"),
        description=gettext(
            "One person proposes a group order; the farms deliver on a given day, at a given place; the neighbours"
            " order and fetch their crates."
        ),
        path=reverse("about"),
    )
    return render(request, "about.html", {"preview": preview})


@require_safe
def credits(request: HttpRequest) -> HttpResponse:
    """What is shown under other people's licences; docs/credits.md has the details."""
    return render(request, "credits.html")


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is damaged, or was never a page of ours: nobody has read it any further. In JSON for who asks for that."""
    too_much = isinstance(exception, TooManyFieldsSent | RequestDataTooBig)
    sentence = (
        _("This form is too long: nobody can have filled in so much at once.")
        if too_much
        else _("The address or the form arrived damaged.")
    )
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"sentence": f"{sentence} {_('Nothing was changed.')}"}, status=400)
    return render(request, "400.html", {"sentence": sentence}, status=400)


@require_safe
@cache_control(max_age=24 * 3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines need not knock where one has to sign in. What isn't listed says so on its own page."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in SIGNED_IN), f"Sitemap: {settings.SITE_URL}/sitemap.xml"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """Every component in every state: the design system looked at, not described."""
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404
    now = timezone.now()
    sample = {
        "empty_form": SampleForm(initial={"below": "ask"}),
        "refused_form": SampleForm({"name": "", "quantity": "1e9", "below": "x", "place": "1", "day": "31/02/2027"}),
        "page": Paginator(range(240), 20).get_page(request.GET.get("page", 3)),
        "categories": sorted(CATEGORIES),
        "icons": sorted(
            path.stem
            for path in Path(settings.BASE_DIR, "static/icons").glob("*.svg")
            if path.stem not in {"logo", "categories"}
        ),
        "start": (now + timedelta(days=3)).replace(minute=0),
        "end": (now + timedelta(days=3)).replace(minute=0) + timedelta(hours=2),
        "soon": now + timedelta(hours=2, minutes=5),
        "later": now + timedelta(days=2, hours=3),
        "past": now - timedelta(days=1),
        "amounts": [Money("0.90", EUR), Money("12.5", EUR), Money("1234.50", EUR)],
        "quantities": [Decimal("0.5"), Decimal("12.000"), Decimal("1000")],
        "round_states": ["proposed", "published", "open", "overdue", "closed", "settled", "cancelled"],
        "stall_states": ["pending", "open", "waiting", "closed", "dropped", "declined"],
        "order_states": ["wanted", "confirmed", "refused", "soldout"],
        "mail_states": ["queued", "retrying", "sent", "acknowledged", "failed", "superseded"],
    }
    return render(request, "style.html", sample)
