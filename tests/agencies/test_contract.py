"""Every kind of adapter bears every failure, with the outcome that stands in the table of the contract's README."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from importlib import resources
from typing import NamedTuple

import pytest

from certsvc.agencies import contract
from certsvc.agencies.contract import CASES, Case, FaultyServer, MakeAdapter, check, check_manners
from certsvc.core.outcome import Outcome
from tests.agencies.contract_kinds import KINDS_OF_ADAPTER

CANNOT_HAPPEN = "-"


def _table() -> tuple[list[str], Mapping[str, list[str]]]:
    """The columns, and for each failure what it is and the outcomes, as the README has them."""
    text = resources.files(contract).joinpath("README.md").read_text("utf-8")
    _, _, section = text.partition("## Which failure gives which outcome\n")
    lines = [line.strip("| \n").split("|") for line in section.splitlines() if line.startswith("|")]
    (_, *columns), _, *rows = [[cell.strip(" `") for cell in line] for line in lines]
    return columns, {failure: cells for failure, *cells in rows}


COLUMNS, ROWS = _table()
CELLS = [
    pytest.param(kind, case, cell, id=f"{kind}-{case}")
    for case in CASES
    for kind, cell in zip(COLUMNS[1:], ROWS[str(case)][1:], strict=True)
    if cell != CANNOT_HAPPEN
]


class Subject(NamedTuple):
    server: FaultyServer
    make: MakeAdapter


@pytest.fixture
async def subject(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    under_test = KINDS_OF_ADAPTER[kind]
    dsn: str = request.getfixturevalue("database") if under_test.needs_database else ""
    async with FaultyServer(under_test.front(dsn)) as server:
        yield Subject(server, under_test.build(dsn))


@pytest.mark.parametrize(("kind", "case", "expected"), CELLS)
async def test_every_adapter_bears_every_failure(subject: Subject, kind: str, case: Case, expected: str) -> None:
    assert await check(case, subject.make, subject.server) is Outcome(expected)


@pytest.mark.parametrize("kind", KINDS_OF_ADAPTER)
async def test_every_adapter_has_manners(subject: Subject, kind: str) -> None:
    await check_manners(subject.make, subject.server)


def test_the_table_has_every_kind_and_every_failure_and_says_what_it_is() -> None:
    assert COLUMNS[1:] == list(KINDS_OF_ADAPTER)
    assert {failure: cells[0] for failure, cells in ROWS.items()} == {str(case): case.what for case in CASES}
