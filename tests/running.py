"""The whole of Cagette as it runs, for journeys and fault tests: servers, worker, beat, a mail server, a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
from django.conf import settings
from django.test import Client

from cagette import processes
from cagette.processes import Process
from tests.smtp import SmtpSink

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from cagette.models import User

PHONE = {"width": 390, "height": 844}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


AXE = {"preload": False, "resultTypes": ["violations"]}
# Colours are exchanged with the next frame where nothing fades into them, and never where no screen has been yet.
SETTLED = """async () => {
  const now = new CSSStyleSheet();
  now.replaceSync("* { content-visibility: visible !important; transition: none !important }");
  document.adoptedStyleSheets = [now];
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


class Server:
    """Web, worker and beat on the test's own database and broker; more are started by their name."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        self.environment = environment
        self.logs = logs
        self.started: list[Process] = []
        self.web = self.start("web")
        self.worker = self.start("worker")
        self.beat = self.start("beat")

    @property
    def url(self) -> str:
        return self.environment["SITE_URL"]

    def start(self, name: str, **more: str) -> Process:
        """Another process, e.g. a second worker; ended with the rest."""
        log = self.logs / f"{name}-{len(self.started)}.log"
        process = Process(name, self.environment | more, log)
        process.start()
        self.started.append(process)
        return process

    def tend(self) -> None:
        for process in self.started:
            process.tend()

    def wait_until_ready(self) -> None:
        """Until a round would close in time: database, broker, worker and beat at work."""
        self.web.wait_until_it_answers(f"{self.url}/readyz")

    def kill(self) -> None:
        """All at once. How they end in order is shown by tests/journeys/test_processes.py."""
        for process in self.started:
            process.kill()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    sink = SmtpSink()
    sink.start()
    yield sink
    sink.stop()


@contextmanager
def serving(smtp_sink: SmtpSink, logs: Path, **more: str) -> Iterator[Server]:
    """Everything at work, mailing to `smtp_sink`, with a tick of one second and production settings on loopback."""
    # A predecessor's messages are about rows that no longer exist.
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    environment = processes.environment(port=processes.free_port(), EMAIL_URL=smtp_sink.url, TICK_SECONDS="1", **more)
    server = Server(environment, logs)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.kill()


@pytest.fixture
def server(transactional_db: None, smtp_sink: SmtpSink, tmp_path: Path) -> Iterator[Server]:
    """Everything at work on the test's database. Under tests/faults it stands on servers that may be broken."""
    with serving(smtp_sink, tmp_path) as server:
        yield server


def find_chromium() -> str | None:
    """Debian's, preferably as the program that has no windows to draw: its pages are the same, in half the time."""
    shell = shutil.which("chromium-headless-shell")
    return os.environ.get("CHROMIUM") or shell or shutil.which("chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("CI has to have chromium.")
        pytest.skip("WITHOUT CHROMIUM, NO JOURNEY IS TRIED: install it, or name it in CHROMIUM.")
    # Playwright runs an event loop in this thread, in which Django would refuse to touch the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        stack.callback(browser.close)
        yield browser


@contextmanager
def nothing_breaks(page: Page) -> Iterator[None]:
    """What throws on the page, or breaks its content security policy, fails the test."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    yield
    assert broken == []


def nobody_is_shut_out(page: Page, *, dark: bool = True, said: str = "") -> None:
    """axe finds nothing on the page as it stands, light or, where asked, `dark` (colours are all that differ there);
    nothing sticks out. `said` tells which page it is, if its address doesn't.
    """
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.evaluate(SETTLED)
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, f"{said or page.url}, light: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, said or page.url
    if dark:
        page.emulate_media(color_scheme="dark")
        page.evaluate(SETTLED)
        # It is on the page already.
        found = Axe("").run(page, options=AXE | {"runOnly": ["color-contrast"]})
        assert found.violations_count == 0, f"{said or page.url}, dark: {found.generate_report()}"


@contextmanager
def phone(browser: Browser, server: Server, *, locale: str = "fr-FR", zone: str = "Europe/Paris") -> Iterator[Page]:
    """A phone, French unless it is said otherwise, on the running site.

    What breaks the content security policy, or throws, fails the test.
    """
    context = browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        locale=locale,
        timezone_id=zone,
        base_url=server.url,
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    with nothing_breaks(page):
        yield page
        context.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with phone(browser, server) as page:
        yield page


@pytest.fixture
def sign_in(page: Page, server: Server) -> Callable[[User], None]:
    """Sign the browser in as somebody, for journeys that are not about signing in."""

    def signed_in(user: User) -> None:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}])

    return signed_in
