"""People at their phones, at little cost to the machine that also serves them: what they send is written beforehand,
and goes over connections that are kept, each visitor's requests one after the other.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from urllib.parse import urlencode

from cagette.models import User

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass
class Visitor:
    """Somebody who is signed in. `token` and `cookie` come with the first page that has a form."""

    user: User
    session: str
    cookie: str = ""
    token: str = ""

    @classmethod
    def of(cls, user: User) -> Visitor:
        """With a session of their own, as signing in leaves it."""
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        return cls(user, session.session_key)

    def look(self, port: int, path: str) -> Page:
        """GET a page, and keep its form's token."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path, headers=self._headers())
        answer = connection.getresponse()
        page = Page(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        if found := TOKEN.search(page.body.decode()):
            self.token = found[1]
            self.cookie = page.headers["Set-Cookie"].partition("csrftoken=")[2].partition(";")[0] or self.cookie
        return page

    def looking(self, port: int, path: str) -> bytes:
        """A GET, as it goes over the line."""
        return _written(f"GET {path} HTTP/1.1", port, self._headers())

    def posting(self, port: int, path: str, form: Mapping[str, object]) -> bytes:
        """A POST as the page's script sends it, as it goes over the line."""
        body = urlencode(form).encode()
        headers = self._headers() | {
            "Accept": "application/json",
            "X-CSRFToken": self.token,
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
        }
        return _written(f"POST {path} HTTP/1.1", port, headers) + body

    def _headers(self) -> dict[str, str]:
        cookies = f"sessionid={self.session}" + (f"; csrftoken={self.cookie}" if self.cookie else "")
        return {"Cookie": cookies, "Accept-Language": "fr", "Accept-Encoding": "br, gzip"}


@dataclass(frozen=True)
class Page:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Visit:
    """What came of a crowd's requests: how long each took, the whole, and what was not answered 200."""

    times_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.times_ms) / self.seconds


def crowd(port: int, queues: Sequence[Sequence[bytes]]) -> Visit:
    """Send each queue over a connection of its own, all queues at the same time."""
    visit = Visit()
    gate = threading.Barrier(len(queues) + 1)
    visitors = [threading.Thread(target=_stand, args=(port, queue, visit, gate)) for queue in queues]
    for visitor in visitors:
        visitor.start()
    gate.wait()
    began = time.perf_counter()
    for visitor in visitors:
        visitor.join()
    visit.seconds = time.perf_counter() - began
    return visit


def _stand(port: int, queue: Sequence[bytes], visit: Visit, gate: threading.Barrier) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    gate.wait()
    for request in queue:
        began = time.perf_counter()
        try:
            # Written before, so that only the answer is left to read.
            connection.sock.sendall(request)
            answer = http.client.HTTPResponse(connection.sock, method="GET")
            answer.begin()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            visit.errors.append(repr(error))
            connection.close()
            connection.connect()
            continue
        visit.times_ms.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            visit.errors.append(f"{answer.status}: {body[:500].decode(errors='replace')}")
    connection.close()


def _written(first: str, port: int, headers: Mapping[str, str]) -> bytes:
    lines = [first, f"Host: 127.0.0.1:{port}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()
