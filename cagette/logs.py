"""What is written to the logs, and what never is: no address, no name, no token.

In production a record is one JSON object per line. Of a request only the *route* is told (`rounds/<slug>/`), since
paths and query strings carry signed links; of an exception its class and where it happened, since messages of the
database quote people's rows. E-mail addresses that reach a message all the same are blanked.
"""

import json
import logging
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

ADDRESS = re.compile(r"[^\s<>\"'=:,;(]+@[^\s<>\"',;)]+")
QUERY = re.compile(r"\?[^\s\"']+")

requests_log = logging.getLogger("cagette.requests")


def scrubbed(text: str) -> str:
    return QUERY.sub("?…", ADDRESS.sub("…@…", text))


def route_of(request: HttpRequest) -> str:
    """The pattern of the URL, without the values in it."""
    return request.resolver_match.route if request.resolver_match else "(no route)"


class WithoutPaths(logging.Filter):
    """Django's own records about a request name its path; put the route there instead."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            record.msg, record.args = "%s: %s %s", (record.levelname, request.method, route_of(request))
        return True


class JsonFormatter(logging.Formatter):
    """One line of JSON: time, level, logger, message and whatever `extra` was given."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        line.update({key: value for key, value in vars(record).items() if key in KEPT_EXTRAS})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__qualname__
            line["frames"] = frames(record.exc_info[1])
            for words in (repr(record.exc_info[1]), str(record.exc_info[1])):
                line["message"] = line["message"].replace(scrubbed(words), "…") if words else line["message"]
        return json.dumps(line, default=str, ensure_ascii=False)


KEPT_EXTRAS = frozenset({"route", "method", "status", "ms", "status_code"})


def frames(error: BaseException | None) -> list[str]:
    """Where it happened, innermost last, causes after what they caused; never what was said."""
    found: list[str] = []
    while error is not None:
        found.append(type(error).__qualname__)
        step = error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            found.append(f"{code.co_filename}:{step.tb_lineno} {code.co_name}")
            step = step.tb_next
        error = error.__cause__ or error.__context__
    return found


def configuration(*, structured: bool) -> dict[str, Any]:
    """`logging.config.dictConfig` for every process of Cagette."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_paths": {"()": "cagette.logs.WithoutPaths"}},
        "formatters": {
            "json": {"()": "cagette.logs.JsonFormatter"},
            "readable": {"format": "%(asctime)s %(levelname)-7s %(name)s  %(message)s", "datefmt": "%H:%M:%S"},
        },
        "handlers": {
            "stream": {
                "class": "logging.StreamHandler",
                "formatter": "json" if structured else "readable",
                "filters": ["without_paths"] if structured else [],
            }
        },
        "root": {"handlers": ["stream"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "uvicorn": {"handlers": [], "level": "WARNING", "propagate": True},
            "uvicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            # The mail server of the tests tells every line of its conversations.
            "mail.log": {"level": "WARNING"},
            # The subsetting of fonts tells every step at INFO.
            "fontTools": {"level": "ERROR"},
            "weasyprint": {"level": "ERROR"},
            # Three records a task, which on a developer's screen would push everything else away.
            "celery.beat": {"level": "INFO" if structured else "WARNING"},
            "celery.worker.strategy": {"level": "INFO" if structured else "WARNING"},
            "celery.app.trace": {"level": "INFO" if structured else "WARNING"},
        },
    }


def request_log(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: one record per request, with its route, status and duration."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        told = {
            "method": request.method,
            "route": route_of(request),
            "status": response.status_code,
            "ms": round((time.perf_counter() - began) * 1000, 1),
        }
        requests_log.info("%(method)s /%(route)s %(status)s, %(ms)s ms", told, extra=told)
        return response

    return middleware
