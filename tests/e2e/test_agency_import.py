"""An operator imports a fund's file, and the running service answers by it at once."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from certsvc.v1 import certificate_service_pb2 as pb
from tests.e2e.stack import Running, Stage
from tests.wire import request_for

CLEAR = next(member for member in load_scenario(shipped_text()).cast if member.key == "clear")
HEADER = "Cedula,Nombre,Deuda_Total,Saldo_Arreglo,Cuotas_Al_Cobro,Cuotas_Atraso,Principal,Recargos,Multas"
State = pb.Application.State


def a_file(owed: str) -> str:
    """The fund's file: the enterprise owes so much, nine others nothing."""
    rows = [f"{CLEAR.identifier.value},{CLEAR.name},{owed},0,0,0,{owed},0,0"]
    rows += [f"{3101555000 + n},OTRA EMPRESA {n},0,0,0,0,0,0,0" for n in range(9)]
    return "\n".join([HEADER, *rows]) + "\n"


async def bring(stage: Stage, folder: Path, text: str) -> dict[str, Any]:
    """`certsvc agency import`, in a process of its own."""
    from certsvc.system import SystemClock

    file = folder / f"patronos-{SystemClock().now().date()}.csv"
    file.write_text(text, "utf-8")
    options = ["--config", str(stage.data), "--dsn", stage.environment["CERTSVC__DATABASE__DSN"], "--json"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "certsvc.cli", "agency", "import", "fodesaf", str(file), *options,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0, out
    return dict(json.loads(out))


async def apply(service: Running) -> pb.Application:
    async with service.certificates() as stub:
        answer: pb.IssueCertificateResponse = await stub.IssueCertificate(
            request_for(CLEAR, str(uuid.uuid4())), timeout=30
        )
        return answer.application


async def test_an_application_waits_for_the_file_and_is_decided_when_it_is_imported(
    on_stage: Stage, tmp_path: Path
) -> None:
    config = on_stage.data / "certsvc.toml"
    entry = '[[agencies]]\nname = "fodesaf"\nkind = "imported"\nschemes = ["family_allowances"]\nlayout = "fodesaf"\n\n'
    pattern = r'(?s)\[\[agencies\]\]\nname = "fodesaf".*?(?=\[\[agencies\]\])'
    text, count = re.subn(pattern, entry, config.read_text("utf-8"))
    assert count == 1
    config.write_text(text, "utf-8")
    # Only what is told of the import brings the next attempt: by itself it would come in an hour.
    async with on_stage.serve(pending__first_retry_seconds="3600") as service:
        waiting = await apply(service)
        assert waiting.state == State.STATE_PENDING
        assert (await bring(on_stage, tmp_path, a_file("0")))["ending"] == "CURRENT"
        async with service.certificates() as stub, asyncio.timeout(30):
            watched = stub.WatchApplication(pb.WatchApplicationRequest(name=waiting.name))
            async for answer in watched:
                if answer.application.state != State.STATE_PENDING:
                    break
        assert answer.application.state == State.STATE_GRANTED
        await bring(on_stage, tmp_path, a_file("500.00"))
        refused = await apply(service)
        assert refused.state == State.STATE_REFUSED
        assert [reason.code for reason in refused.decision.reasons] == ["BARRED_ARREARS"]
