"""Rule: the application that `certsvc init` suggests is one that the shipped scenario grants."""

from __future__ import annotations

from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from certsvc.cli import init
from certsvc.core.model import Result


def test_the_suggested_application_is_granted_by_the_shipped_scenario() -> None:
    firm = load_scenario(shipped_text()).member("clear")
    assert firm.expected.result is Result.GRANTED
    assert firm.identifier.value in init._EXAMPLE.replace("-", "")
    for fact in firm.declared:
        assert f"{fact.name}={str(fact.value).removesuffix('.00')}" in init._FACTS
