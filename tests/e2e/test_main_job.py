"""The main job on real sockets, a real PostgreSQL and real signatures."""

from __future__ import annotations

import asyncio
import io
import json
import time
import uuid
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from certsvc.agencies.sandbox.scenario import Behaviour, CastMember, load_scenario, shipped_text
from certsvc.core import jose
from certsvc.core.bundle import read_bundle
from certsvc.core.keys import read_key_set
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2, operations_service_pb2, trust_service_pb2
from certsvc.verifier.command import run as run_verifier
from tests.e2e.stack import Running, Stage
from tests.jose_oracles import assert_oracles_agree
from tests.node_client import require_node, run_node_client
from tests.wire import request_for

CAST = {member.key: member for member in load_scenario(shipped_text()).cast}
CLEAR = CAST["clear"]
State = pb.Application.State


def reason_of(error: grpc.aio.AioRpcError) -> str:
    info = error_details_pb2.ErrorInfo()
    status = rpc_status.from_call(cast("grpc.Call", error))  # it is one; the stubs do not say so
    assert status is not None
    next(detail for detail in status.details if detail.Unpack(info))
    assert info.domain == "certsvc"
    return str(info.reason)


async def apply(service: Running, member: CastMember, request_id: str | None = None) -> pb.Application:
    async with service.certificates() as stub:
        answer: pb.IssueCertificateResponse = await stub.IssueCertificate(
            request_for(member, request_id or str(uuid.uuid4())), timeout=30
        )
        return answer.application


async def verdicts(service: Running, folder: Path, *tokens: str) -> list[dict[str, Any]]:
    """What the offline command says, with the bundle as published now."""
    (folder / "bundle.json").write_bytes(await service.fetch("/bundle.json"))
    out, err = io.StringIO(), io.StringIO()
    arguments = [f"--root={service.root}", "--bundle", str(folder / "bundle.json"), "--json", *tokens]
    run_verifier(arguments, io.BytesIO(), out, err, int(time.time()))
    assert err.getvalue() == ""
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("key", [key for key in CAST if key != "hangs"])
async def test_each_enterprise_of_the_cast_gets_the_decision_that_the_scenario_expects(
    on_stage: Stage, key: str
) -> None:
    member = CAST[key]
    async with on_stage.serve() as service:
        decision = (await apply(service, member)).decision
    assert enterprise_pb2.Decision.Result.Name(decision.result) == f"RESULT_{member.expected.result}"
    assert tuple(reason.code for reason in decision.reasons) == member.expected.reasons
    assert all(reason.text and reason.remedy and reason.citation for reason in decision.reasons)


async def test_an_agency_that_hangs_leaves_its_application_pending_within_the_callers_deadline(
    on_stage: Stage,
) -> None:
    on_stage.sandbox.behave("hacienda", Behaviour.HANG)
    async with on_stage.serve() as service, service.certificates() as stub:
        answer = await stub.IssueCertificate(request_for(CLEAR, str(uuid.uuid4())), timeout=2.0)
        assert answer.application.state == State.STATE_PENDING
        assert [reason.agency for reason in answer.application.decision.reasons] == ["hacienda"]


async def test_one_hundred_parallel_calls_with_one_request_id_give_one_certificate_and_equal_answers(
    on_stage: Stage,
) -> None:
    async with on_stage.serve() as service, service.certificates() as stub:
        request = request_for(CLEAR, str(uuid.uuid4()))
        answers = await asyncio.gather(*(stub.IssueCertificate(request, timeout=30) for _ in range(100)))
        listed = await stub.ListCertificates(pb.ListCertificatesRequest(page_size=1000))
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert [c.token for c in listed.certificates] == [answers[0].application.certificate.token]


async def test_twins_at_two_services_on_one_database_get_one_certificate(on_stage: Stage) -> None:
    async with on_stage.serve() as one, on_stage.serve() as other:
        request_id = str(uuid.uuid4())
        answers = await asyncio.gather(*(apply(s, CLEAR, request_id) for s in (one, other) * 10))
    assert len({answer.certificate.token for answer in answers}) == 1


async def test_the_same_request_id_with_another_payload_is_an_error(on_stage: Stage) -> None:
    async with on_stage.serve() as service:
        request_id = str(uuid.uuid4())
        await apply(service, CLEAR, request_id)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await apply(service, CAST["arrangement"], request_id)
    assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert reason_of(caught.value) == "REQUEST_ID_REUSED"


async def test_a_repeated_request_is_answered_from_the_books_after_a_restart_without_asking_agencies(
    on_stage: Stage,
) -> None:
    request_id = str(uuid.uuid4())
    async with on_stage.serve() as service:
        first = await apply(service, CLEAR, request_id)
    asked = on_stage.sandbox.calls("hacienda")
    async with on_stage.serve() as service:
        again = await apply(service, CLEAR, request_id)
    assert again.SerializeToString(deterministic=True) == first.SerializeToString(deterministic=True)
    assert on_stage.sandbox.calls("hacienda") == asked


async def test_a_pending_application_completes_by_itself_across_a_restart(on_stage: Stage) -> None:
    retry = {"pending__first_retry_seconds": "0.2", "pending__last_retry_seconds": "0.5"}
    on_stage.sandbox.behave("hacienda", Behaviour.UNAVAILABLE)
    async with on_stage.serve(**retry) as service:
        pending = await apply(service, CLEAR)
        assert pending.state == State.STATE_PENDING
        async with service.operations() as stub:
            status = await stub.GetServiceStatus(operations_service_pb2.GetServiceStatusRequest())
        assert {a.agency: a.pending_applications for a in status.agencies}["hacienda"] == 1
    on_stage.sandbox.behave("hacienda", None)
    async with on_stage.serve(**retry) as service, service.certificates() as stub:
        watch = stub.WatchApplication(pb.WatchApplicationRequest(name=pending.name), timeout=60)
        seen = [answer.application async for answer in watch]
    assert seen[-1].state == State.STATE_GRANTED
    assert seen[-1].name == pending.name


async def test_check_answers_like_issue_and_records_nothing(on_stage: Stage) -> None:
    async with on_stage.serve() as service, service.certificates() as stub:
        wanted = request_for(CLEAR, str(uuid.uuid4()))
        request = pb.CheckEligibilityRequest(enterprise=wanted.enterprise, declared_facts=wanted.declared_facts)
        answer = await stub.CheckEligibility(request, timeout=30)
        listed = await stub.ListCertificates(pb.ListCertificatesRequest())
    assert answer.decision.result == enterprise_pb2.Decision.RESULT_GRANTED
    assert not listed.certificates


async def test_every_token_that_is_issued_and_published_verifies_in_unrelated_libraries(on_stage: Stage) -> None:
    async with on_stage.serve() as service:
        granted = await apply(service, CLEAR)
        bundle = read_bundle(await service.fetch("/bundle.json"))
        jwks = {key["kid"]: key for key in json.loads(await service.fetch("/.well-known/jwks.json"))["keys"]}
        listed = (await service.fetch("/status/1")).decode()
    assert listed in bundle.status_lists
    for token in (granted.certificate.token, *bundle.status_lists):
        header = jose.read_json(jose.b64url_decode(token.split(".")[0]))
        assert_oracles_agree(token, jwks[header["kid"]])
    assert_oracles_agree(bundle.keys, bundle.root)
    assert read_key_set(bundle.keys, bundle.root, service.root, int(time.time())).ver == 1


async def test_a_revocation_is_published_when_the_call_returns_and_verifiers_see_it(
    on_stage: Stage, tmp_path: Path
) -> None:
    async with on_stage.serve() as service:
        tokens = [await apply(service, CAST[key]) for key in ("clear", "arrangement")]
        before = await verdicts(service, tmp_path, *(t.certificate.token for t in tokens))
        assert [v["status"] for v in before] == ["VALID", "VALID"]
        reason = operations_service_pb2.REVOCATION_REASON_ARREARS
        request = operations_service_pb2.RevokeCertificateRequest(name=tokens[0].certificate.name, reason=reason)
        async with service.operations() as stub:
            revoked = await stub.RevokeCertificate(request, timeout=30)
        after = await verdicts(service, tmp_path, *(t.certificate.token for t in tokens))
        async with service.trust() as trust:
            listed = await trust.GetStatusList(trust_service_pb2.GetStatusListRequest(name="statusLists/1"))
            bundle = await trust.GetTrustBundle(trust_service_pb2.GetTrustBundleRequest())
            key_set = await trust.GetKeySet(trust_service_pb2.GetKeySetRequest())
        assert bundle.bundle == await service.fetch("/bundle.json")
        assert key_set.token.encode() == await service.fetch("/keys.jwt")
    assert revoked.certificate.status == pb.Certificate.STATUS_REVOKED
    assert [v["status"] for v in after] == ["REVOKED", "VALID"]
    assert listed.version == revoked.published_version > 0


async def test_twenty_parallel_revocations_lose_none(on_stage: Stage, tmp_path: Path) -> None:
    async with on_stage.serve() as service, service.operations() as stub:
        held = await asyncio.gather(*(apply(service, CLEAR) for _ in range(20)))
        reason = operations_service_pb2.REVOCATION_REASON_COURT_ORDER
        requests = [
            operations_service_pb2.RevokeCertificateRequest(name=a.certificate.name, reason=reason) for a in held
        ]
        answers = await asyncio.gather(*(stub.RevokeCertificate(request, timeout=30) for request in requests))
        after = await verdicts(service, tmp_path, *(a.certificate.token for a in held))
    assert {v["status"] for v in after} == {"REVOKED"}
    assert all(answer.published_version > 0 for answer in answers)


async def test_a_programme_sees_its_own_and_an_auditor_sees_all_and_issues_nothing(on_stage: Stage) -> None:
    async with on_stage.serve() as service:
        granted = await apply(service, CLEAR)
        async with service.certificates("auditor") as stub:
            seen = await stub.GetCertificate(pb.GetCertificateRequest(name=granted.certificate.name))
            assert seen.token == granted.certificate.token
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.IssueCertificate(request_for(CLEAR, str(uuid.uuid4())))
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_node_client_applies_for_and_fetches_a_certificate_over_mutual_tls(on_stage: Stage) -> None:
    require_node()
    async with on_stage.serve() as service:
        tls = service.data / "tls"
        status, answer = await run_node_client(
            address=service.grpc_address,
            ca=tls / "ca.pem",
            certificate=tls / "programme.pem",
            key=tls / "programme.key.pem",
            kind=CLEAR.identifier.kind,
            identifier=CLEAR.identifier.value,
            facts={fact.name.value: str(fact.value) for fact in CLEAR.declared},
        )
        async with service.certificates() as stub:
            listed = await stub.ListCertificates(pb.ListCertificatesRequest())
    assert status == 0
    assert listed.certificates[0].token in json.dumps(answer)


async def test_the_site_gives_content_types_etags_and_cache_times_from_the_signed_lifetimes(on_stage: Stage) -> None:
    import aiohttp

    types = {
        "/.well-known/jwks.json": "application/jwk-set+json",
        "/keys.jwt": "application/jwk-set+jwt",
        "/status/1": "application/statuslist+jwt",
        "/status": "application/json",
        "/bundle.json": "application/json",
    }
    async with on_stage.serve() as service, aiohttp.ClientSession() as session:
        await apply(service, CLEAR)
        for path, content_type in types.items():
            async with session.get(service.site + path) as response:
                assert (response.status, response.content_type) == (200, content_type), path
                assert "max-age" in response.headers["Cache-Control"]
                tag = response.headers["ETag"]
            async with session.get(service.site + path, headers={"If-None-Match": tag}) as response:
                assert response.status == 304
