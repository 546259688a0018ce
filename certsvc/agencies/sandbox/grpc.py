"""The sandbox's gRPC side: an AgencyService for the social-security fund, and one for the work-risk insurer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import grpc

from certsvc.agencies.adapter import GRAVITY
from certsvc.agencies.sandbox import render
from certsvc.agencies.sandbox.http import World
from certsvc.agencies.sandbox.scenario import Behaviour, CastMember
from certsvc.core.outcome import Outcome, Standing
from certsvc.v1 import agency_service_pb2 as pb

_CODES: Mapping[Behaviour, grpc.StatusCode] = MappingProxyType(
    {
        Behaviour.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
        Behaviour.BAD_REQUEST_HTML: grpc.StatusCode.INVALID_ARGUMENT,
        Behaviour.RATE_LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
        Behaviour.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
        # A handler cannot break its connection; to the client this is what a broken one looks like.
        Behaviour.RESET: grpc.StatusCode.UNAVAILABLE,
    }
)

_IN_A_BATCH: Mapping[Behaviour, Outcome] = MappingProxyType(
    {
        Behaviour.NOT_FOUND: Outcome.NO_INFORMATION,
        Behaviour.RATE_LIMITED: Outcome.RATE_LIMITED,
        Behaviour.UNAVAILABLE: Outcome.UNAVAILABLE,
        Behaviour.RESET: Outcome.UNAVAILABLE,
    }
)
"""What is a status of a single call is an outcome in a batch."""

Context = grpc.aio.ServicerContext[bytes, bytes]

_unary_stream: Any = grpc.unary_stream_rpc_method_handler  # the stubs describe synchronous handlers alone


class AgencyServicer:
    """GetFindings and BatchGetFindings of one agency of the scenario, bytes in and out."""

    def __init__(self, world: World, agency: str) -> None:
        self._world = world
        self._agency = agency

    def handler(self) -> grpc.GenericRpcHandler[bytes, bytes]:
        """To be added to a server."""
        return grpc.method_handlers_generic_handler(
            "certsvc.v1.AgencyService",
            {
                "GetFindings": grpc.unary_unary_rpc_method_handler(self.get),
                "BatchGetFindings": grpc.unary_unary_rpc_method_handler(self.batch_get),
                "StreamChanges": _unary_stream(self.stream_changes),
            },
        )

    async def get(self, body: bytes, context: Context) -> bytes:
        """GetFindings."""
        request = pb.GetFindingsRequest.FromString(body)
        response, behaviour = self._answer(request)
        if behaviour is Behaviour.HANG:
            await self._hang(context)
        code = _CODES.get(behaviour)
        if code is not None:
            await context.abort(code, "sandbox")
        return response.SerializeToString()

    async def batch_get(self, body: bytes, context: Context) -> bytes:
        """BatchGetFindings. One enterprise on which the agency hangs holds the whole call, as it would in life."""
        requests = pb.BatchGetFindingsRequest.FromString(body).requests
        answers = [self._answer(request) for request in requests]
        behaviours = [behaviour for _, behaviour in answers]
        if Behaviour.HANG in behaviours:
            await self._hang(context)
        if Behaviour.BAD_REQUEST_HTML in behaviours:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "sandbox")
        responses = [
            render.unknown_response(_IN_A_BATCH[behaviour], request.schemes) if behaviour in _IN_A_BATCH else response
            for request, (response, behaviour) in zip(requests, answers, strict=True)
        ]
        return pb.BatchGetFindingsResponse(responses=responses).SerializeToString()

    async def stream_changes(self, body: bytes, context: Context) -> AsyncGenerator[bytes, None]:
        """StreamChanges; an agency that is out refuses it."""
        code = _CODES.get(self._world.overrides.get(self._agency, Behaviour.NORMAL))
        if code is not None:
            await context.abort(code, "sandbox")
        cursor = pb.StreamChangesRequest.FromString(body).cursor
        async for message in self._world.changes[self._agency].after(cursor):
            yield message.SerializeToString()

    async def _hang(self, context: Context) -> None:
        """Not a byte until the client leaves, which cancels this handler, or the sandbox stops."""
        await self._world.stopping.wait()
        await context.abort(grpc.StatusCode.UNAVAILABLE, "sandbox")

    def _answer(self, request: pb.GetFindingsRequest) -> tuple[pb.GetFindingsResponse, Behaviour]:
        found = [self._world.scenario.by_value(identifier.value) for identifier in request.identifiers]
        members = [member for member in found if member is not None]
        # By its contract an agency answers for the worst of several, and not for a number that it does not find.
        member = min(members, key=lambda one: GRAVITY.index(self._outcome(one)), default=None)
        all_found = len(members) == len(found)
        if member is None or (not all_found and self._outcome(member).standing is not Standing.BARRED):
            behaviour = self._world.behaviour(self._agency, Behaviour.NORMAL, "")
            return render.unknown_response(Outcome.NO_INFORMATION, request.schemes), behaviour
        standing = member.standing_at(self._agency)
        behaviour = self._world.behaviour(self._agency, standing.behaviour, member.key)
        unknown = () if all_found else (Outcome.NO_INFORMATION,)
        shown = replace(standing, behaviour=behaviour, further=(*standing.further, *unknown))
        response = render.grpc_response(member, shown, request.schemes, self._world.today())
        if behaviour is Behaviour.EMBEDDED_ERROR:
            response.ClearField("findings")
        return response, behaviour

    def _outcome(self, member: CastMember) -> Outcome:
        return member.standing_at(self._agency).outcome


async def serve(world: World, agency: str, address: str) -> tuple[grpc.aio.Server, int]:
    """The running server of one agency and its port. Raises OSError if the address is taken."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0), ("grpc.enable_http_proxy", 0)])
    server.add_generic_rpc_handlers((AgencyServicer(world, agency).handler(),))
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}") from error
    await server.start()
    return server, port
