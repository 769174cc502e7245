"""Is everything at work? For machines at `/healthz` (this process and its database) and `/readyz` (everything that a
round needs to close in time), and for staff as a page."""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cagette import heartbeats

# What READINESS_PROBES names: answers with a sentence for staff when something is wrong, else with nothing.
Probe = Callable[[], str | None]


@dataclass(frozen=True)
class Finding:
    """One part of the whole: `key` for machines, the rest for people."""

    key: str
    name: str
    well: bool
    sentence: str


def findings() -> list[Finding]:
    """Database, broker, workers, beat, and what the apps' own probes find."""
    found = [_database(), *_at_work()]
    if found[0].well:
        found += [_probed(dotted_name) for dotted_name in settings.READINESS_PROBES]
    return found


@never_cache
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers and reaches its database: whoever restarts processes asks this."""
    well = _database().well
    return JsonResponse({"database": "ok" if well else "down"}, status=200 if well else 503)


@never_cache
@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """503 when a round could fail to close in time. Tells which part is ill, and nothing else, to anybody."""
    found = findings()
    status = 200 if all(finding.well for finding in found) else 503
    return JsonResponse({finding.key: "ok" if finding.well else "ill" for finding in found}, status=status)


@never_cache
@require_GET
@login_required
def page(request: HttpRequest) -> HttpResponse:
    if not request.user.is_staff:
        raise PermissionDenied
    return render(request, "cagette/health.html", {"findings": findings()})


def _database() -> Finding:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version')")
            version = cursor.fetchone()
    except DatabaseError:
        return Finding("database", _("Database"), False, _("The database does not answer."))
    return Finding("database", _("Database"), True, f"PostgreSQL {version[0]}" if version else "PostgreSQL")


def _at_work() -> list[Finding]:
    try:
        workers, beats = heartbeats.seen("worker"), heartbeats.seen("beat")
    except redis.RedisError:
        silent = _("Unknown while the broker is away.")
        return [
            Finding("broker", _("Broker"), False, _("The broker does not answer. Orders are kept; mails wait.")),
            Finding("workers", _("Workers"), False, silent),
            Finding("beat", _("Clock"), False, silent),
        ]
    return [
        Finding("broker", _("Broker"), True, _("It answers.")),
        Finding("workers", _("Workers"), bool(workers), _told(workers)),
        Finding("beat", _("Clock"), bool(beats), _told(beats)),
    ]


def _told(stamps: dict[str, float]) -> str:
    if not stamps:
        return _("None at work.")
    count = ngettext("%(count)d at work:", "%(count)d at work:", len(stamps)) % {"count": len(stamps)}
    each = (_("%(name)s (%(seconds)d s ago)") % {"name": name, "seconds": ago} for name, ago in sorted(stamps.items()))
    return f"{count} {', '.join(each)}"


def _probed(dotted_name: str) -> Finding:
    probe: Probe = import_string(dotted_name)
    sentence = probe()
    return Finding(dotted_name.split(".")[-2], _("Deadlines"), sentence is None, sentence or _("Nothing is late."))
