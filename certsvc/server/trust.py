"""TrustService: hands out what is published, as it is."""

from __future__ import annotations

from typing import Any

import grpc

from certsvc.core import jose
from certsvc.core.errors import NotFound, VerificationError
from certsvc.server import requests
from certsvc.server.usecases import UseCases
from certsvc.v1 import trust_service_pb2 as pb
from certsvc.v1.trust_service_pb2_grpc import TrustServiceServicer

Context = grpc.aio.ServicerContext[Any, Any]


class TrustData(TrustServiceServicer):
    """Answers verifiers that have a line."""

    def __init__(self, use_cases: UseCases) -> None:
        self._publisher = use_cases.publisher

    async def GetTrustBundle(  # noqa: N802  gRPC gives the name
        self, _request: pb.GetTrustBundleRequest, _context: Context
    ) -> pb.GetTrustBundleResponse:
        """The bundle as published."""
        return pb.GetTrustBundleResponse(bundle=await self._published("bundle.json"))

    async def GetKeySet(self, _request: pb.GetKeySetRequest, _context: Context) -> pb.KeySet:  # noqa: N802
        """The key set and the root's public key as published."""
        token, root = await self._published("keys.jwt"), await self._published("root.jwk")
        return pb.KeySet(token=token.decode("ascii"), root_jwk=root.decode("utf-8"))

    async def GetStatusList(self, request: pb.GetStatusListRequest, _context: Context) -> pb.StatusList:  # noqa: N802
        """One list as published."""
        number = requests.read_status_list_name(request.name)
        token = (await self._published(f"status/{number}")).decode("ascii")
        return pb.StatusList(name=f"statusLists/{number}", token=token, version=_version(token))

    async def _published(self, path: str) -> bytes:
        data = await self._publisher.read(path)
        if data is None:
            raise NotFound(path)
        return data


def _version(token: str) -> int:
    """The `ver` claim, unverified: it repeats what the token says, which callers verify themselves."""
    version = jose.read_json(jose.b64url_decode(token.split(".")[1])).get("ver")
    if not isinstance(version, int):
        raise VerificationError("MALFORMED", "a published list has no version")
    return version
