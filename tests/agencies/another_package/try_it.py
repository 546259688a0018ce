"""Run where the package is installed: configures its kind, asks it as the service does, and tries the contract on it.

`python try_it.py FOLDER` prints one JSON object; FOLDER holds a `certsvc.toml` with an agency named `permits`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date
from pathlib import Path

from certsvc.agencies.contract import CASES, FaultyServer, HttpFront, Reply, Truth, check, check_manners
from certsvc.agencies.filed import NO_FILES
from certsvc.agencies.quota import NoQuota
from certsvc.app.agencies import build_agency, open_panel
from certsvc.config import AgencySettings, load
from certsvc.core.model import Enterprise, Identifier
from certsvc.system import SystemClock

FIRM = Enterprise((Identifier("cr.cedula_juridica", "3101999901"),))


def good(day: date) -> Reply:
    return Reply(json.dumps({"name": "COMPAÑIA", "standing": "good", "on": str(day)}, ensure_ascii=False).encode())


async def ask_as_the_service_does(settings: AgencySettings, address: str, folder: Path) -> str:
    """The outcome that the panel gets for its scheme."""
    whole = load(folder, {})
    own = settings.model_copy(update={"url": f"http://{address}/standing"})
    panel = open_panel(whole.model_copy(update={"agencies": (own,)}), SystemClock(), {own.name: NoQuota()}, NO_FILES)
    evidence = await panel.ask(FIRM, 5.0)
    await panel.close()
    (finding,) = evidence.findings
    return f"{finding.agency} {finding.scheme} {finding.outcome}"


async def main(folder: Path) -> None:
    (settings,) = [agency for agency in load(folder, {}).agencies if agency.name == "permits"]
    async with FaultyServer(HttpFront(Truth(FIRM, lambda _: good(date.today())))) as server:  # noqa: DTZ011  its own
        asked = await ask_as_the_service_does(settings, server.address, folder)
    outcomes = {}
    for case in CASES:
        async with FaultyServer(HttpFront(Truth(FIRM, good))) as server:
            outcomes[str(case)] = await check(
                case,
                lambda address, tools: build_agency(
                    settings.model_copy(update={"url": f"http://{address}/standing"}), tools
                ),
                server,
            )
    async with FaultyServer(HttpFront(Truth(FIRM, good))) as server:
        own = settings.model_copy(update={"url": f"http://{server.address}/standing"})
        await check_manners(lambda _, tools: build_agency(own, tools), server)
    print(json.dumps({"kind": settings.kind, "asked": asked, "outcomes": outcomes}))


asyncio.run(main(Path(sys.argv[1])))
