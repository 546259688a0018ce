"""When an agency is back, those who waited for it are decided within seconds, and the others were left in peace.

The ordinary next attempt is an hour away here.
"""

from __future__ import annotations

import asyncio
import uuid

from certsvc.agencies.sandbox.scenario import Behaviour, CastMember, load_scenario, shipped_text
from certsvc.v1 import certificate_service_pb2 as pb
from tests.e2e.stack import Running, Stage
from tests.wire import request_for

CAST = {member.key: member for member in load_scenario(shipped_text()).cast}
CLEAR, OTHER = CAST["clear"], CAST["arrangement"]
NOT_SOON = {"pending__first_retry_seconds": "3600", "pending__last_retry_seconds": "3600"}
SECONDS = 10.0
State = pb.Application.State
Asked = pb.AgencyProgress.State


def _open_at_once(stage: Stage) -> None:
    """After one failure the tax ministry is left alone, for a moment."""
    path = stage.data / "certsvc.toml"
    kind = 'kind = "hacienda"'
    text = path.read_text(encoding="utf-8")
    assert text.count(kind) == 1
    path.write_text(text.replace(kind, f"{kind}\nopen_after = 1\nopen_seconds = 0.2"), encoding="utf-8")


async def _apply(service: Running, member: CastMember) -> pb.Application:
    async with service.certificates() as stub:
        request = request_for(member, str(uuid.uuid4()))
        answer: pb.IssueCertificateResponse = await stub.IssueCertificate(request, timeout=30)
        return answer.application


async def test_an_agency_that_is_back_brings_those_who_wait_for_it_their_decision(on_stage: Stage) -> None:
    _open_at_once(on_stage)
    on_stage.sandbox.behave("hacienda", Behaviour.UNAVAILABLE)
    async with on_stage.serve(**NOT_SOON) as service, service.certificates() as stub:
        waiting = await _apply(service, CLEAR)
        assert waiting.state == State.STATE_PENDING
        shown = {each.agency: each.state for each in waiting.progress}
        assert shown.pop("hacienda") == Asked.STATE_WAITING
        assert set(shown.values()) == {Asked.STATE_ANSWERED}
        changes = aiter(stub.WatchApplication(pb.WatchApplicationRequest(name=waiting.name), timeout=60))
        assert (await anext(changes)).application.state == State.STATE_PENDING

        on_stage.sandbox.behave("hacienda", None)
        async with asyncio.timeout(30):  # until the ministry is asked again at all
            while (await _apply(service, OTHER)).state == State.STATE_PENDING:
                pass
        async with asyncio.timeout(SECONDS):
            seen = [answer.application async for answer in changes]
    assert seen[-1].state == State.STATE_GRANTED
    assert seen[-1].attempts == 2
    asking = [each.state for application in seen[:-1] for each in application.progress if each.agency == "hacienda"]
    assert Asked.STATE_ASKING in asking
    found = {finding.agency: finding.check_time.ToDatetime() for finding in seen[-1].decision.findings}
    first = {finding.agency: finding.check_time.ToDatetime() for finding in waiting.decision.findings}
    assert found["ins"] == first["ins"], "what had answered was kept"
    assert found["hacienda"] > first["hacienda"]
