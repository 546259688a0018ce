"""AgencyEventService: translate, call, translate back. What events must be like is said where they are read."""

from __future__ import annotations

from typing import Any

import grpc

from certsvc.server.call import CURRENT
from certsvc.server.usecases import UseCases
from certsvc.v1 import agency_event_service_pb2 as pb
from certsvc.v1.agency_event_service_pb2_grpc import AgencyEventServiceServicer

Context = grpc.aio.ServicerContext[Any, Any]


class AgencyEvents(AgencyEventServiceServicer):
    """Answers agencies. Each is who its certificate says, by its name in the configuration."""

    def __init__(self, use_cases: UseCases) -> None:
        self._receive = use_cases.receive

    async def ReportEvents(  # noqa: N802  gRPC gives the name
        self, request: pb.ReportEventsRequest, _context: Context
    ) -> pb.ReportEventsResponse:
        """How many of the events were new, once all are durable."""
        new = await self._receive(CURRENT.get().caller.name, request.events)
        return pb.ReportEventsResponse(new_events=new)
