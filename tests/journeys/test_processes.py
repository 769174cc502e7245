"""The commands of docker-compose.yml do what its health checks ask, here without Docker."""

import subprocess
import urllib.request

from django.conf import settings

from cagette import processes
from tests.cagette.test_compose import OURS
from tests.running import Server


def run(server: Server, command: list[str]) -> None:
    path = f"{settings.BASE_DIR}/.venv/bin:{server.environment['PATH']}"
    subprocess.run(command, cwd=settings.BASE_DIR, env=server.environment | {"PATH": path}, check=True, timeout=60)


def test_every_process_is_well_by_its_own_health_check_and_ends_in_order_when_asked(server: Server) -> None:
    run(server, OURS["release"]["command"])
    port = str(processes.free_port())
    live = server.start("live", PORT=port)
    second = server.start("worker")
    live.wait_until_it_answers(f"http://127.0.0.1:{port}/healthz")
    second.wait_until_said("ready")
    with urllib.request.urlopen(f"{server.url}/readyz") as answer:
        assert answer.status == 200
    for name, its_port in (("web", server.environment["PORT"]), ("live", port), ("worker", ""), ("beat", "")):
        test = [word.replace(":8000", f":{its_port}") for word in OURS[name]["healthcheck"]["test"][1:]]
        run(server, test)
    for process in (server.web, server.worker, second):
        assert process.running is not None
        process.running.terminate()
    for process in (server.web, server.worker, second):
        assert process.running is not None
        assert process.running.wait(15) == 0, process.name
