"""How the service stands, from the model to the fields of messages."""

from __future__ import annotations

from datetime import timedelta

from certsvc.server.acts import hold, mode
from certsvc.server.answers import Fields, day, enum_table, published_list, timestamp
from certsvc.service.agency_records import BreakerState
from certsvc.service.status import AgencyStanding, ServiceStanding
from certsvc.v1 import operations_service_pb2 as pb

BREAKERS = enum_table(BreakerState, "BREAKER_", pb.AgencyStatus.Breaker.Value)


def standing(service: ServiceStanding, version: str) -> pb.GetServiceStatusResponse:
    """How the service stands."""
    return pb.GetServiceStatusResponse(
        version=version,
        rule_set=service.rule_set,
        agencies=[pb.AgencyStatus(**agency(of)) for of in service.agencies],
        pending_applications=service.pending,
        oldest_pending_age=_duration(service.oldest_pending),
        lists=map(published_list, service.lists),
    )


def agency(of: AgencyStanding) -> Fields:
    """Of `AgencyStatus`."""
    fields: Fields = {
        "agency": of.agency,
        "schemes": of.schemes,
        "pending_applications": of.pending,
        "concurrency_limit": of.limit,
        "in_flight": of.in_flight,
        "waiting": of.waiting,
        "oldest_pending_age": _duration(of.oldest_pending),
    }
    if of.breaker is not None:
        fields["breaker"] = BREAKERS[of.breaker]
    if of.quota.left is not None:
        fields["quota_left"] = of.quota.left
    if of.quota.paused_until is not None:
        fields["pause_expire_time"] = timestamp(of.quota.paused_until)
    if of.answered_at is not None:
        fields["answer_time"] = timestamp(of.answered_at)
    if of.data_as_of is not None:
        fields["data_as_of"] = day(of.data_as_of)
    if of.failing_since is not None:
        fields["failing_since_time"] = timestamp(of.failing_since)
    if of.mode is not None:
        fields["mode"] = mode(of.mode)
    if of.hold is not None:
        fields["hold"] = hold(of.hold)
    return fields


def _duration(seconds: float) -> timedelta:
    """To the millisecond."""
    return timedelta(milliseconds=int(seconds * 1000))
