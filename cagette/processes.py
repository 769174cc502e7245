"""Start the processes of `bin/run` from a test or a measurement, as in production, and end them by their id."""

import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from django.conf import settings


class Process:
    """One process of `bin/run`, with its children in a group of its own. A context manager: ended when left."""

    def __init__(self, name: str, environment: Mapping[str, str], log: Path, *arguments: str) -> None:
        self.name = name
        self.environment = dict(environment)
        self.log = log
        self.arguments = arguments
        self.running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        if self.running is None:
            raise RuntimeError(f"{self.name} has not been started.")
        return self.running.pid

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [str(settings.BASE_DIR / "bin" / "run"), self.name, *self.arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def children(self) -> list[int]:
        """The processes it forked: the web server's workers, Celery's pool."""
        found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in found.split()]

    def stop(self, *, patience_s: float = 20) -> None:
        """Ask it to end, and end it with its children when it takes too long."""
        if self.running is None:
            return
        self.running.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.running.wait(patience_s)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to it and all its children at once, as when the machine fails."""
        if self.running is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()
        self.running = None

    def tend(self) -> None:
        """Start it again if it has ended by itself, as a supervisor does in production (`restart: unless-stopped`)."""
        if self.running is not None and self.running.poll() is not None:
            self.start()

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_until_said(self, text: str, *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.said():
            self._fail_if_ended_or(late=time.monotonic() > deadline, waited_for=text)
            time.sleep(0.05)

    def wait_until_it_answers(self, url: str, *, seconds: float = 60) -> None:
        """Until the URL gives any answer below 500."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except urllib.error.HTTPError as answer:
                if answer.code < 500:
                    return
            except OSError:
                pass
            self._fail_if_ended_or(late=time.monotonic() > deadline, waited_for=url)
            time.sleep(0.05)

    def _fail_if_ended_or(self, *, late: bool, waited_for: str) -> None:
        if late or self.running is None or self.running.poll() is not None:
            raise RuntimeError(f"{self.name} ended or was late; waited for {waited_for!r}. It said:\n{self.said()}")


def environment(*, port: int, **more: str) -> dict[str, str]:
    """Production settings on this machine, on the database, broker and files of the calling process.

    Signed with the caller's key, so that a session or a link made here is good there. `more` adds or replaces.
    """
    database = settings.DATABASES["default"]
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "DEVELOPMENT": "off",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": database_url(str(database["NAME"])),
        "REDIS_URL": settings.REDIS_URL,
        "EMAIL_URL": f"filemail://{settings.EMAIL_FILE_PATH}",
        "MAIL_FROM": settings.DEFAULT_FROM_EMAIL,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "STATIC_ROOT": str(collected_static()),
        **more,
    }


def database_url(name: str) -> str:
    """The address of another database on the server that DATABASE_URL names."""
    before, _, query = settings.DATABASE_URL.partition("?")
    return f"{before.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def collected_static() -> Path:
    """The static files as production serves them, hashed and compressed; made again only when one has changed."""
    state = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    state.update((settings.BASE_DIR / "cagette" / "static_files.py").read_bytes())
    for path in sorted(path for path in (settings.BASE_DIR / "static").rglob("*") if path.is_file()):
        state.update(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
    root = settings.RUN_DIR / "static" / state.hexdigest()[:12]
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (root / "staticfiles.json").exists():
            command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
            production = {"DEVELOPMENT": "off", "SITE_URL": "http://127.0.0.1", "MAIL_FROM": "static@localhost"}
            addresses = {
                "DATABASE_URL": settings.DATABASE_URL,
                "REDIS_URL": settings.REDIS_URL,
                "EMAIL_URL": "smtp://x",
            }
            changed = production | addresses | {"SECRET_KEY": settings.SECRET_KEY, "STATIC_ROOT": str(root)}
            subprocess.run(command, cwd=settings.BASE_DIR, env=os.environ | changed, check=True)
    return Path(root)
