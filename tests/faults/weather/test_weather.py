"""Thousands of applications in any weather: no wrong grant, none lost, all decided once the weather clears."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.weather.judgement import judge
from tests.faults.weather.simulation import LENIENT, LIMIT, Simulation, a_simulation, run
from tests.faults.weather.world import LIAR, World
from tests.service.conftest import HandClock, Publishing
from tests.situations import BOOK
from tests.trust_kit import TrustKit

APPLICATIONS, ENTERPRISES = 1000, 150


@pytest.fixture(params=[(1, BOOK), (2, LENIENT)], ids=["waiting", "provisional"])
async def simulation(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> AsyncIterator[Simulation]:
    seed, rules = request.param
    async with AsyncExitStack() as stack:
        publishing = Publishing(TrustKit(), tmp_path / "site", HandClock(), database, stack)
        world = World(seed, publishing.clock.at, timedelta(days=14), ENTERPRISES)
        yield await a_simulation(world, publishing, stack, rules)


@pytest.mark.timeout(300)
async def test_in_any_weather_no_grant_is_wrong_none_is_lost_and_all_are_decided_when_it_clears(
    simulation: Simulation,
) -> None:
    await run(simulation, APPLICATIONS)
    made = await judge(simulation.world, simulation.sql)
    assert made.wrong == []
    assert set(made.states) == {"GRANTED", "REFUSED"}, "none lost, none left waiting, none expired"
    replacements = await simulation.sql.fetchval("SELECT count(*) FROM application WHERE request_id LIKE 'replaces %'")
    assert sum(made.states.values()) - replacements == simulation.applied == APPLICATIONS
    assert min(made.states.values()) > APPLICATIONS / 20, "the weather must not make all cases alike"
    assert await simulation.sql.fetchval("SELECT count(*) FROM certificate") == made.states["GRANTED"]
    waiting = await simulation.sql.fetchval("SELECT count(*) FROM follow_up WHERE state = 'WAITING'")
    assert waiting == 0

    # The liar was found out. Until then it had turned on fewer than the limit, and on those never asked about before.
    held = await simulation.sql.fetch("SELECT agency, released_by, proposed_by FROM agency_hold")
    # It may be held once more: those on whom it lied turn back.
    assert {row["agency"] for row in held} == {LIAR}
    assert all({row["released_by"], row["proposed_by"]} == {"operator/one", "operator/two"} for row in held)
    assert 0 < made.on_lies <= 3 * LIMIT.least
