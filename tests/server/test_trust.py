"""TrustService hands out what is published, byte for byte."""

from __future__ import annotations

import grpc
import pytest

from certsvc.v1 import trust_service_pb2 as pb
from certsvc.v1.trust_service_pb2_grpc import TrustServiceStub
from tests.server import fakes
from tests.server.calls import told
from tests.server.conftest import Running


async def test_everything_is_not_found_before_the_first_publication(running: Running) -> None:
    stub = TrustServiceStub(await running.channel("bank", "bncr"))
    calls = (
        stub.GetTrustBundle(pb.GetTrustBundleRequest(), timeout=30),
        stub.GetKeySet(pb.GetKeySetRequest(), timeout=30),
        stub.GetStatusList(pb.GetStatusListRequest(name="statusLists/7"), timeout=30),
    )
    for call in calls:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await call
        assert told(failed.value).code is grpc.StatusCode.NOT_FOUND


async def test_what_is_published_arrives_unchanged(running: Running) -> None:
    files = running.fakes.files
    files["bundle.json"] = b'{"v":1}\xff'
    files["keys.jwt"], files["root.jwk"], files["status/7"] = b"a.b.c", b'{"kty":"EC"}', fakes.TOKEN.encode()
    stub = TrustServiceStub(await running.channel("bank", "bncr"))
    assert (await stub.GetTrustBundle(pb.GetTrustBundleRequest(), timeout=30)).bundle == files["bundle.json"]
    key_set = await stub.GetKeySet(pb.GetKeySetRequest(), timeout=30)
    assert (key_set.token, key_set.root_jwk) == ("a.b.c", '{"kty":"EC"}')
    found = await stub.GetStatusList(pb.GetStatusListRequest(name="statusLists/7"), timeout=30)
    assert (found.token, found.version) == (fakes.TOKEN, 41)
