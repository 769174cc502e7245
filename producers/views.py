from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cagette.errors import DomainError
from cagette.requests import MemberRequest
from producers import founding
from producers.access import editable_farm
from producers.forms import FarmForm, FoundingForm, TeamMemberForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    form = FoundingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        producer = founding.found(by=request.user, **form.cleaned_data)
        messages.success(request, _("%(farm)s is here. Now its catalogue, whenever you like.") % {"farm": producer})
        return redirect("producers:desk")
    return render(request, "producers/new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, slug: str) -> HttpResponse:
    producer = editable_farm(request.user, slug)
    form = FarmForm(request.POST or None, request.FILES or None, instance=producer)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            founding.set_recipients(producer, form.cleaned_data["pick_list_emails"], language=request.user.language)
        messages.success(request, _("Saved."))
        return redirect("producers:edit", slug=producer.slug)
    # A refused form has changed `producer` in memory: what is said about the farm is read again.
    farm = editable_farm(request.user, slug) if form.errors else producer
    return render(
        request,
        "producers/edit.html",
        {"form": form, "producer": farm, "missing": founding.still_wanted(farm)},
        status=422 if form.errors else 200,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: MemberRequest, slug: str) -> HttpResponse:
    """Who works for the farm; posting adds somebody."""
    producer, user = editable_farm(request.user, slug), request.user
    form = TeamMemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            founding.add_member(producer, by=user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(email)s now works for %(farm)s.") % {**form.cleaned_data, "farm": producer})
            return redirect("producers:team", slug=producer.slug)
    return render(
        request,
        "producers/team.html",
        {
            "producer": producer,
            "form": form,
            "members": producer.members.select_related("user").order_by("pk"),
            "may_change": founding.may_change_team(producer, user),
        },
        status=422 if form.errors else 200,
    )


@login_required
@require_POST
def removal(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    producer, user = editable_farm(request.user, slug), request.user
    member = get_object_or_404(producer.members.select_related("user", "producer"), pk=pk)
    try:
        founding.remove_member(member, by=user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("producers:team", slug=producer.slug)
    if member.user_id == user.pk:
        messages.success(request, _("You no longer work for %(farm)s.") % {"farm": producer})
        return redirect("producers:desk")
    messages.success(request, _("%(name)s no longer works for %(farm)s.") % {"name": member.user, "farm": producer})
    return redirect("producers:team", slug=producer.slug)
