"""The kinds of agency that certsvc brings.

pyproject.toml names them as entry points, as other packages name theirs. Here they are at hand: what certsvc itself
brings must not depend on how it was installed, and no package can take its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from certsvc.agencies.adapter import Adapter
from certsvc.agencies.debtor_list import DebtorList, Limits
from certsvc.agencies.grpc import ClientTls, GrpcAgency
from certsvc.agencies.hacienda import Hacienda
from certsvc.agencies.imported import ImportedList
from certsvc.agencies.kind import AgencyKind, Tools
from certsvc.config import DebtorListAgency, HaciendaAgency, ImportedAgency
from certsvc.config import GrpcAgency as GrpcSettings


def _hacienda(settings: HaciendaAgency, tools: Tools) -> Adapter:
    return Hacienda(
        settings.name,
        settings.url,
        clock=tools.clock,
        schemes=settings.schemes,
        questions_at_once=settings.calls_at_once,
        pause=tools.pause,
    )


def _debtor_list(settings: DebtorListAgency, tools: Tools) -> Adapter:
    return DebtorList(
        settings.name,
        settings.url or str(settings.path),
        layout=settings.layout,
        schemes=settings.schemes,
        kinds=tools.kinds,
        clock=tools.clock,
        absent=settings.absent,
        least_firms=settings.least_firms or 0,
        threshold=settings.threshold,
        limits=Limits(refresh=settings.refresh_seconds),
        monotonic=tools.monotonic,
    )


def _grpc(settings: GrpcSettings, tools: Tools) -> Adapter:
    # Half of its calls for questions, so that those which wait share one; half for who is asked about again, alone.
    calls = max(settings.calls_at_once // 2, 1)
    return GrpcAgency(
        settings.name,
        str(settings.address),
        calls_in_flight=calls,
        calls_alone=calls,
        schemes=settings.schemes,
        kinds=tools.kinds,
        clock=tools.clock,
        tls=client_tls(settings),
        pause=tools.pause,
        again=tools.again,
    )


def _imported(settings: ImportedAgency, tools: Tools) -> Adapter:
    return ImportedList(
        settings.name,
        tools.filed,
        layout=settings.layout,
        schemes=settings.schemes,
        kinds=tools.kinds,
        clock=tools.clock,
        absent=settings.absent,
        least_firms=settings.least_firms or 0,
        threshold=settings.threshold,
    )


def client_tls(settings: GrpcSettings) -> ClientTls | None:
    """The files of mutual TLS; None for plain text."""
    if settings.authorities and settings.key and settings.certificate:
        return ClientTls(settings.authorities, settings.key, settings.certificate)
    return None


HACIENDA = AgencyKind(HaciendaAgency, _hacienda)
DEBTOR_LIST = AgencyKind(DebtorListAgency, _debtor_list)
GRPC = AgencyKind(GrpcSettings, _grpc)
IMPORTED = AgencyKind(ImportedAgency, _imported)

OWN_KINDS: Mapping[str, AgencyKind[Any]] = MappingProxyType(
    {"hacienda": HACIENDA, "debtor_list": DEBTOR_LIST, "grpc": GRPC, "imported": IMPORTED}
)
