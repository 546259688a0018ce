"""As configured and joined: what one service is told by an agency, the other keeps to without being told."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from certsvc.agencies.fanout import Panel
from certsvc.app.agencies import open_panel
from certsvc.app.quotas import open_quotas
from certsvc.config import load
from certsvc.core.model import Enterprise, Identifier
from certsvc.core.outcome import Outcome
from certsvc.service.agency_records import QuotaStanding
from certsvc.store.migrate import migrate
from certsvc.system import SystemClock
from tests.e2e.stack import Stage

FIRM = Enterprise((Identifier("cr.cedula_juridica", "3101999901"),))
OTHER = Enterprise((Identifier("cr.cedula_juridica", "3101999904"),))


async def opened(on_stage: Stage, stack: AsyncExitStack) -> Panel:
    """The agencies as a service has them."""
    settings = load(on_stage.data, on_stage.environment)
    assert settings.database.dsn is not None
    panel = open_panel(settings, SystemClock(), await open_quotas(settings, settings.database.dsn, stack))
    stack.push_async_callback(panel.close)
    return panel


async def tax(panel: Panel, enterprise: Enterprise) -> Outcome:
    evidence = await panel.ask(enterprise, 5.0, only=["hacienda"])
    return evidence.findings[0].outcome


async def standing(panel: Panel, agency: str) -> QuotaStanding:
    return next(standing for health, standing in await panel.health() if health.agency == agency)


async def test_a_block_of_one_service_stops_all_before_they_ask_and_is_shown_by_all(on_stage: Stage) -> None:
    await migrate(on_stage.environment["CERTSVC__DATABASE__DSN"])
    async with AsyncExitStack() as stack:
        one, other = await asyncio.gather(opened(on_stage, stack), opened(on_stage, stack))
        assert await tax(one, FIRM) is Outcome.CLEAR
        assert await tax(other, OTHER) is Outcome.BARRED_ARREARS
        on_stage.sandbox.counter.block(300.0)
        assert await tax(one, OTHER) is Outcome.RATE_LIMITED
        asked = on_stage.sandbox.counter.calls
        for panel in (other, one):
            assert await tax(panel, FIRM) is Outcome.RATE_LIMITED
            shown = await standing(panel, "hacienda")
            assert shown.left == 0
            assert shown.paused_until is not None
        assert on_stage.sandbox.counter.calls == asked
        assert await standing(one, "ccss") == QuotaStanding()
