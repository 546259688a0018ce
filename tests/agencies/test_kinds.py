"""A kind of agency comes from any package that is installed; a broken one is a fault of the configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from certsvc.agencies.contract import CASES
from certsvc.agencies.kind import AgencyKind, Tools
from certsvc.app.agencies import build_agency
from certsvc.app.kinds import OWN_KINDS
from certsvc.cli.main import run
from certsvc.config import AgencySettings, load
from certsvc.config.agencies import AGENCY_KINDS
from certsvc.core.errors import ConfigError
from certsvc.service.identifiers import KINDS
from tests.agencies.kit import FixedClock

REPOSITORY = Path(__file__).parents[2]
PACKAGE = Path(__file__).parent / "another_package"

ENTRY = """
[[agencies]]
kind = "permits"
name = "permits"
schemes = ["permits"]
url = "http://127.0.0.1:9/standing"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `certsvc init` writes, with one agency more."""
    made = tmp_path / "service"
    assert run(["init", str(made), "--json"]) == 0
    with (made / "certsvc.toml").open("a") as file:
        file.write(ENTRY)
    return made


Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package of this name that brings `permits` from a module with this text."""

    def put(name: str, text: str) -> None:
        site = tmp_path / "site"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}.py").write_text(text)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[certsvc.agencies]\npermits = {name}:KIND\n")
        monkeypatch.syspath_prepend(site)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return put


def test_a_kind_of_another_package_is_configured_asked_and_bears_every_failure(
    folder: Path, tmp_path: Path, install: Install
) -> None:
    install("permits_agency", (PACKAGE / "permits_agency.py").read_text())
    ran = subprocess.run(
        [sys.executable, PACKAGE / "try_it.py", folder],
        env=os.environ | {"PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{REPOSITORY}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    said = json.loads(ran.stdout.splitlines()[-1])
    assert (said["kind"], said["asked"]) == ("permits", "permits permits CLEAR")
    assert list(said["outcomes"]) == [str(case) for case in CASES]
    assert said["outcomes"]["huge"] == said["outcomes"]["ahead"] == "MALFORMED"


def fault(folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, {})
    (only,) = caught.value.faults
    return only


def test_a_kind_that_nobody_brings_is_a_fault_that_names_all_there_are(folder: Path) -> None:
    found = fault(folder)
    assert found.startswith('agencies["permits"].kind: names no kind of agency; write one of: ')
    assert all(kind in found for kind in OWN_KINDS)


def test_a_kind_that_is_there_is_named_among_those_to_write(folder: Path, install: Install) -> None:
    install("permits_agency", "raise RuntimeError  # not loaded for another kind")
    file = folder / "certsvc.toml"
    file.write_text(file.read_text().replace('kind = "permits"', 'kind = "permit"'))
    assert fault(folder).endswith(", permits")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import no_such_module", "does not load (ModuleNotFoundError: No module named 'no_such_module')"),
        ("KIND =", "does not load (SyntaxError"),
        ("1 / 0", "does not load (ZeroDivisionError"),
        ("", "does not load (AttributeError"),
        ("KIND = 1", "is no kind of agency: it brings no settings"),
        ("class KIND:\n    settings = dict", "is no kind of agency: it brings no settings"),
    ],
)
def test_a_broken_package_is_one_line_that_names_it(folder: Path, install: Install, text: str, why: str) -> None:
    install("broken_agency", text)
    found = fault(folder)
    assert found.startswith('agencies["permits"].kind: permits ')
    assert why in found
    assert "\n" not in found
    assert "broken_agency 1.0" in found or "no settings" in found


def test_a_broken_package_that_no_agency_needs_harms_nobody(folder: Path, install: Install) -> None:
    install("broken_agency", "1 / 0")
    file = folder / "certsvc.toml"
    file.write_text(file.read_text().replace(ENTRY, ""))
    assert len(load(folder, {}).agencies) == 4


def test_two_packages_that_bring_the_same_kind_are_a_fault(folder: Path, install: Install, tmp_path: Path) -> None:
    install("permits_agency", "KIND = 1")
    info = tmp_path / "site" / "rival-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rival\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[certsvc.agencies]\npermits = rival:KIND\n")
    assert fault(folder).endswith("permits is brought by permits_agency 1.0 and rival 2.0; remove all but one of them")


MODEL = """
from typing import Literal
from certsvc.agencies.kind import AgencyKind
from certsvc.config import AgencySettings
class Settings(AgencySettings):
    kind: Literal["permits"]
    url: str
"""


def test_what_a_model_of_another_package_refuses_is_said_like_any_other_fault(folder: Path, install: Install) -> None:
    install("permits_agency", MODEL + "KIND = AgencyKind(Settings, None)")
    file = folder / "certsvc.toml"
    file.write_text(file.read_text().replace(ENTRY, ENTRY.replace("url", "urll")))
    with pytest.raises(ConfigError) as caught:
        load(folder, {})
    assert any("did you mean" in found and "urll" in found for found in caught.value.faults)


def test_production_refuses_plain_text_for_a_kind_of_another_package_too(folder: Path, install: Install) -> None:
    install("permits_agency", MODEL + "KIND = AgencyKind(Settings, None)")
    file = folder / "certsvc.toml"
    file.write_text(file.read_text().replace('profile = "development"', 'profile = "production"'))
    with pytest.raises(ConfigError) as caught:
        load(folder, {})
    said = [found for found in caught.value.faults if found.startswith('agencies["permits"].url:')]
    assert said == [
        'agencies["permits"].url: http://127.0.0.1:9/standing is plain text, which production refuses; write https://'
    ]


def test_a_model_that_raises_something_else_is_a_fault_too(folder: Path, install: Install) -> None:
    raising = "    def model_post_init(self, _):\n        raise KeyError('the secret')\n"
    install("permits_agency", MODEL + raising + "KIND = AgencyKind(Settings, None)")
    assert "(KeyError)" in fault(folder)
    assert "secret" not in fault(folder)


@pytest.mark.parametrize(
    ("build", "why"),
    [
        ("None", "cannot be built from these settings (TypeError)"),
        ("lambda settings, tools: 1 / 0", "cannot be built from these settings (ZeroDivisionError)"),
        ("lambda settings, tools: Liar()", "answers for another name or other schemes"),
        ("lambda settings, tools: object()", "answers for another name or other schemes"),
    ],
)
def test_an_adapter_that_cannot_be_built_is_a_fault(folder: Path, install: Install, build: str, why: str) -> None:
    liar = "class Liar:\n    name, schemes = 'tax', ('tax',)\n"
    install("permits_agency", f"{MODEL}{liar}KIND = AgencyKind(Settings, {build})")
    settings = load(folder, {}).agencies[-1]
    with pytest.raises(ConfigError) as caught:
        build_agency(settings, Tools(FixedClock(), KINDS))
    (found,) = caught.value.faults
    assert found.startswith('agencies["permits"]')
    assert why in found


def test_what_is_no_kind_but_has_settings_is_a_fault(folder: Path, install: Install) -> None:
    install("permits_agency", MODEL + "class KIND:\n    settings = Settings")
    with pytest.raises(ConfigError, match="permits is no kind of agency"):
        build_agency(load(folder, {}).agencies[-1], Tools(FixedClock(), KINDS))


def test_our_own_kinds_are_named_like_those_of_others() -> None:
    """In pyproject.toml, in the configuration and at hand: the same ones, with the same settings."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["certsvc.agencies"]
    named = {name: EntryPoint(name, value, "certsvc.agencies").load() for name, value in points.items()}
    assert named == dict(OWN_KINDS)
    assert all(isinstance(kind, AgencyKind) for kind in OWN_KINDS.values())
    assert {name: kind.settings for name, kind in OWN_KINDS.items()} == dict(AGENCY_KINDS)
    assert all(issubclass(kind.settings, AgencySettings) for kind in OWN_KINDS.values())
