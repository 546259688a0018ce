"""Agencies report under the name in their certificate, and are told every fault."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from certsvc.core.errors import AgencyUnknown, InvalidRequest, StoreUnavailable
from certsvc.server.tls import TlsFiles
from certsvc.v1 import agency_event_service_pb2 as pb
from certsvc.v1.agency_event_service_pb2_grpc import AgencyEventServiceStub
from tests.server.calls import told
from tests.server.conftest import Running, Start
from tests.server.fakes import Fakes

README = Path(__file__).resolve().parents[2] / "proto" / "README.md"
REPORT = pb.ReportEventsRequest(events=[pb.AgencyEvent(event_id="1"), pb.AgencyEvent(event_id="2")])


@pytest.mark.parametrize("name", ["ccss", "caja_2", "a"])
async def test_an_agency_is_who_its_certificate_says(running: Running, name: str) -> None:
    stub = AgencyEventServiceStub(await running.channel("agency", name))
    answer = await stub.ReportEvents(REPORT, timeout=30)
    assert answer.new_events == 2
    ((agency, events),) = running.fakes.seen
    assert agency == name
    assert [event.event_id for event in events] == ["1", "2"]


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (AgencyUnknown("x"), grpc.StatusCode.PERMISSION_DENIED, "AGENCY_UNKNOWN"),
        (
            InvalidRequest("events[0].kind", "x", ("events[1].scheme", "y")),
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_REQUEST",
        ),
        (StoreUnavailable("x"), grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE"),
    ],
)
async def test_what_cannot_be_recorded_is_said(
    start: Start, error: Exception, code: grpc.StatusCode, reason: str
) -> None:
    running = await start(Fakes(error=error))
    stub = AgencyEventServiceStub(await running.channel("agency", "ccss"))
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await stub.ReportEvents(REPORT, timeout=30)
    answer = told(failed.value)
    assert (answer.code, answer.info.reason) == (code, reason)
    if isinstance(error, InvalidRequest):
        assert answer.bad is not None
        assert [v.field for v in answer.bad.field_violations] == ["events[0].kind", "events[1].scheme"]


async def test_the_python_example_reports_a_payment(running: Running, tls_files: TlsFiles, tmp_path: Path) -> None:
    code = next(
        block
        for block in README.read_text(encoding="utf-8").split("```")
        if block.startswith("python") and "ReportEvents" in block
    )
    assert "localhost:7443" in code
    running.authority.issue_client("agency", "ccss").write(tmp_path, "agency")
    (tmp_path / "ca.crt").write_bytes(tls_files.client_authorities.read_bytes())
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        # The folder of the example holds its certificates, so the package is found by path.
        f"import sys; sys.path.insert(0, {str(README.parent.parent)!r})\n"
        + code.removeprefix("python\n").replace("localhost:7443", running.server.address),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert out.decode() == "1 new\n", err.decode()
    ((agency, (event,)),) = running.fakes.seen
    assert (agency, event.kind, event.scheme) == ("ccss", pb.AgencyEvent.KIND_PAYMENT, "social_security")
