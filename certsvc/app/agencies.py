"""The configured agencies, each as its adapter, all behind one panel."""

from __future__ import annotations

from certsvc.agencies.debtor_list import DebtorList, Limits
from certsvc.agencies.fanout import Panel
from certsvc.agencies.grpc import ClientTls, GrpcAgency
from certsvc.agencies.hacienda import Hacienda
from certsvc.config import AgencySettings, DebtorListAgency, HaciendaAgency, Settings
from certsvc.config import GrpcAgency as GrpcAgencySettings
from certsvc.service.identifiers import KINDS
from certsvc.service.ports import Clock


def open_panel(settings: Settings, clock: Clock) -> Panel:
    """Every configured agency; nothing is asked yet."""
    return Panel(
        [build_agency(agency, clock) for agency in settings.agencies],
        clock,
        limits={agency.name: agency.timeout_seconds for agency in settings.agencies},
    )


def build_agency(settings: AgencySettings, clock: Clock) -> Hacienda | DebtorList | GrpcAgency:
    """The adapter for one `[[agencies]]` entry."""
    if isinstance(settings, HaciendaAgency):
        return Hacienda(settings.name, settings.url, clock=clock, schemes=settings.schemes)
    if isinstance(settings, DebtorListAgency):
        return DebtorList(
            settings.name,
            settings.url or str(settings.path),
            layout=settings.layout,
            schemes=settings.schemes,
            kinds=KINDS,
            clock=clock,
            absent=settings.absent,
            least_firms=settings.least_firms or 0,
            threshold=settings.threshold,
            limits=Limits(refresh=settings.refresh_seconds),
        )
    assert isinstance(settings, GrpcAgencySettings)
    tls = None
    if settings.authorities and settings.key and settings.certificate:
        tls = ClientTls(settings.authorities, settings.key, settings.certificate)
    return GrpcAgency(settings.name, str(settings.address), schemes=settings.schemes, kinds=KINDS, clock=clock, tls=tls)
