"""docker-compose.yml runs the processes that bin/run names, and gives them what the settings want."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

COMPOSE: dict[str, Any] = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "cagette"}
RUN = (settings.BASE_DIR / "bin" / "run").read_text()


def test_every_part_is_there() -> None:
    assert set(COMPOSE["services"]) == {"proxy", "release", "web", "live", "worker", "beat", "postgres", "redis"}
    assert set(OURS) == {"release", "web", "live", "worker", "beat"}


@pytest.mark.parametrize("name", OURS)
def test_each_service_runs_the_process_of_its_name(name: str) -> None:
    assert OURS[name]["command"] == ["bin/run", name]
    assert re.search(rf"^{name}\)$", RUN, re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in COMPOSE["services"] if name != "release"])
def test_each_service_says_whether_it_is_well(name: str) -> None:
    assert COMPOSE["services"][name]["healthcheck"]["test"][0] == "CMD"


def test_what_must_be_kept_is_on_volumes() -> None:
    mounted = {mount.split(":")[0] for service in COMPOSE["services"].values() for mount in service.get("volumes", [])}
    assert set(COMPOSE["volumes"]) <= mounted


def test_every_setting_that_production_needs_is_given() -> None:
    needed = set(
        re.findall(r'(?<![.\w])(?:needed|url)\(\s*"(\w+)"', Path(settings.BASE_DIR, "cagette/settings.py").read_text())
    )
    assert needed <= set(OURS["web"]["environment"])


def test_the_proxy_sends_streams_and_pages_to_services_that_exist() -> None:
    caddyfile = (settings.BASE_DIR / "deploy" / "Caddyfile").read_text()
    assert set(re.findall(r"reverse_proxy (\w+):8000", caddyfile)) == {"live", "web"}
