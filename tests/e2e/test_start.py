"""What stops a service from starting, and what it says; and that it stops whatever hangs."""

from __future__ import annotations

import asyncio
import gc
import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from certsvc import app
from certsvc.config import load
from certsvc.core.errors import ConfigError
from tests.e2e.stack import Stage
from tests.store.hanging import hanging


async def start(stage: Stage) -> None:
    async with AsyncExitStack() as stack:
        await app.start(load(stage.data, stage.environment), stack)


async def test_a_scheme_that_no_agency_answers_for_refuses_the_start(on_stage: Stage) -> None:
    file = on_stage.data / "certsvc.toml"
    file.write_text(re.sub(r'\[\[agencies\]\]\nname = "fodesaf".*?(?=\[\[)', "", file.read_text(), flags=re.DOTALL))
    with pytest.raises(ConfigError, match="requires family_allowances; add an agency"):
        await start(on_stage)


async def test_a_key_that_is_not_in_the_key_set_refuses_the_start(on_stage: Stage) -> None:
    keys = on_stage.data / "keys"
    (keys / "certificate.pem").write_bytes((keys / "status.pem").read_bytes())
    with pytest.raises(ConfigError, match="do not fit"):
        await start(on_stage)


async def test_another_root_than_the_one_that_signed_the_key_set_refuses_the_start(on_stage: Stage) -> None:
    root = on_stage.data / "root.jwk"
    root.write_text(root.read_text().replace('"x":"', '"x":"A', 1))
    with pytest.raises(ConfigError):
        await start(on_stage)


async def test_rules_that_cannot_be_read_refuse_the_start(on_stage: Stage) -> None:
    rules = on_stage.data / "rules"
    rules.mkdir()
    (rules / "mine.toml").write_text("jurisdiction = 1\n")
    file = on_stage.data / "certsvc.toml"
    file.write_text(file.read_text().replace('jurisdiction = "costa_rica"', 'rules = "rules"'))
    with pytest.raises(ConfigError, match=r"mine\.toml"):
        await start(on_stage)


async def test_a_service_stops_though_its_database_hangs(on_stage: Stage, tmp_short: Path) -> None:
    dsn = on_stage.environment["CERTSVC__DATABASE__DSN"]
    assert "follow = true" in (on_stage.data / "certsvc.toml").read_text(), "followers ask it over and over"
    async with hanging(dsn, tmp_short) as way, AsyncExitStack() as stack:
        environment = {**on_stage.environment, "CERTSVC__DATABASE__DSN": way.dsn}
        await app.start(load(on_stage.data, environment), stack)
        before = asyncio.all_tasks()
        way.hang()
        async with asyncio.timeout(30):
            await stack.aclose()
        assert {task.get_name() for task in before if not task.done()} & {"follow", "republish", "queue"} == set()
    gc.collect()  # not in the middle of an import, which in Python 3.11 does not bear what a cut-off stop leaves behind
