"""Rule: what the rules need must be answered for before anything starts, and nothing else is asked for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from certsvc.app.trust import check_schemes, load_rules
from certsvc.cli.main import run
from certsvc.config import Settings, load
from certsvc.core.errors import ConfigError
from certsvc.core.rules import RuleBook
from certsvc.core.rules.scheme import Requirement
from certsvc.system import SystemClock
from tests.situations import BOOK


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """What `certsvc init` writes."""
    folder = tmp_path_factory.mktemp("app") / "service"
    assert run(["init", str(folder), "--json"]) == 0
    return load(folder)


def with_health(requirement: Requirement) -> RuleBook:
    """The newest rules with one more duty, which no agency answers for."""
    newest = BOOK.sets[-1]
    health = replace(newest.schemes[0], name="health", requirement=requirement)
    return RuleBook([replace(newest, schemes=(*newest.schemes, health))])


def test_an_optional_scheme_needs_no_agency(settings: Settings) -> None:
    check_schemes(settings, with_health(Requirement.OPTIONAL), SystemClock())


@pytest.mark.parametrize("requirement", [r for r in Requirement if r is not Requirement.OPTIONAL])
def test_every_other_scheme_needs_an_agency(settings: Settings, requirement: Requirement) -> None:
    with pytest.raises(ConfigError, match="requires health; add an agency"):
        check_schemes(settings, with_health(requirement), SystemClock())


def test_the_case_table_in_a_folder_of_rules_is_not_taken_for_rules(settings: Settings, tmp_path: Path) -> None:
    shipped = Path(str(files("certsvc.rulesets"))) / "costa_rica"
    folder = shutil.copytree(shipped, tmp_path / "costa_rica")
    assert (folder / "cases.toml").exists()
    own = settings.model_copy(update={"service": settings.service.model_copy(update={"rules": folder})})
    assert [rules.ref for rules in load_rules(own).sets] == [rules.ref for rules in BOOK.sets]
