"""More weather than the test has: `python -m tests.faults.weather [FIRST_SEED] [SEEDS] [APPLICATIONS]`.

Each seed is a world of its own. Ends with 1 and the reasons if one of them was judged wrongly; about half a minute for
each thousand applications.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import asyncpg
import structlog

from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.migrate import migrate
from tests.faults.weather.judgement import Judgement, judge
from tests.faults.weather.simulation import LENIENT, a_simulation, run
from tests.faults.weather.world import World
from tests.service.conftest import HandClock, Publishing
from tests.situations import BOOK
from tests.trust_kit import TrustKit


@asynccontextmanager
async def _database(maintenance: str, name: str) -> AsyncIterator[str]:
    connection = await asyncpg.connect(maintenance)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        dsn = maintenance.replace("/postgres?", f"/{name}?")
        await migrate(dsn)
        yield dsn
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


async def _world(seed: int, applications: int, dsn: str, site: Path) -> Judgement:
    async with AsyncExitStack() as stack:
        publishing = Publishing(TrustKit(), site, HandClock(), dsn, stack)
        world = World(seed, publishing.clock.at, timedelta(days=14), applications // 7)
        simulation = await a_simulation(world, publishing, stack, LENIENT if seed % 2 == 0 else BOOK)
        await run(simulation, applications)
        made = await judge(world, simulation.sql)
        undecided = set(made.states) - {"GRANTED", "REFUSED"}
        return made if not undecided else Judgement(made.states, made.kinds, [*made.wrong, f"left: {undecided}"])


async def main(first: int = 1, seeds: int = 10, applications: int = 1000) -> int:
    """Runs so many worlds; the exit status."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    failed = 0
    with tempfile.TemporaryDirectory(prefix="cs-") as folder, EmbeddedPostgres(Path(folder) / "pg") as server:
        for seed in range(first, first + seeds):
            begun = perf_counter()
            async with _database(server.dsn, f"weather_{seed}") as dsn:
                made = await _world(seed, applications, dsn, Path(folder) / f"site-{seed}")
            took = perf_counter() - begun
            print(
                f"seed {seed}: {dict(made.states)} {dict(made.kinds)} on lies {made.on_lies}, {took:.0f} s", flush=True
            )
            for why in made.wrong:
                print(f"  WRONG {why}")
            failed += bool(made.wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*map(int, sys.argv[1:]))))
