"""Faults between settings, and what the production profile refuses.

Invariants
- A check looks only at well-formed parts, so one malformed key hides no other fault.
- Both values stand in the text of a relation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from certsvc.config.agencies import AgencySettings, DebtorListAgency, GrpcAgency, ImportedAgency
from certsvc.config.database import may_be_plain
from certsvc.config.development import development_marks
from certsvc.config.draft import Draft
from certsvc.config.quota import quota_faults
from certsvc.config.settings import Database, Pending, Profile, Service, Site, StatusLists
from certsvc.core.model import DECLARED


def relations(parts: Draft, environment: Mapping[str, str]) -> list[str]:
    """Every fault that is not of one key alone. `environment` is what the database driver reads besides."""
    faults: list[str] = []
    if parts.pending:
        faults += _pending(parts.pending)
    if parts.status_lists:
        faults += _status_lists(parts.status_lists)
    if parts.site:
        faults += _site(parts.site)
    if parts.service and parts.site:
        faults += _listening(parts.service, parts.site)
    faults += _agencies(parts.agencies)
    if parts.service:
        faults += _budget(parts.service, parts.agencies)
    if parts.general and parts.general.profile is Profile.PRODUCTION:
        faults += _production(parts, environment)
    return faults


def _pending(pending: Pending) -> list[str]:
    faults = []
    if pending.first_retry > pending.last_retry:
        faults.append(
            f"pending.first_retry_seconds: {pending.first_retry_seconds:g} is above last_retry_seconds "
            f"({pending.last_retry_seconds:g}); write at most that"
        )
    if pending.last_retry >= pending.expire_after:
        faults.append(
            f"pending.last_retry_seconds: {pending.last_retry_seconds:g} is not below expire_after_days "
            f"({pending.expire_after_days}); applications would expire before they are tried again"
        )
    return faults


def _status_lists(lists: StatusLists) -> list[str]:
    faults = []
    if lists.resign * 2 > lists.lifetime:
        # One failed run must leave time for the next before verifiers see an expired list.
        faults.append(
            f"status_lists.resign_hours: {lists.resign_hours} is above half of lifetime_days ({lists.lifetime_days}); "
            f"write at most {lists.lifetime_days * 12}"
        )
    if lists.ttl > lists.lifetime:
        faults.append(
            f"status_lists.ttl_hours: {lists.ttl_hours} is above lifetime_days ({lists.lifetime_days}); "
            f"write at most {lists.lifetime_days * 24}"
        )
    return faults


def _site(site: Site) -> list[str]:
    if (site.certificate is None) != (site.key is None):
        return ["site.certificate: goes with site.key; write both or neither"]
    return []


def _listening(service: Service, site: Site) -> list[str]:
    if site.listen == service.listen and service.listen.port:
        return [f"site.listen: {site.listen} is service.listen as well; write another port"]
    return []


def _agencies(agencies: tuple[AgencySettings, ...]) -> list[str]:
    faults = [
        f'agencies["{name}"].name: is used {count} times; give each agency its own'
        for name, count in Counter(agency.name for agency in agencies).items()
        if count > 1
    ]
    for agency in agencies:
        where = f'agencies["{agency.name}"]'
        if agency.name == DECLARED:
            faults.append(f"{where}.name: stands for what callers declare themselves; write another name")
        if len(set(agency.schemes)) < len(agency.schemes):
            faults.append(f"{where}.schemes: names a scheme twice; write each once")
        if isinstance(agency, DebtorListAgency) and (agency.url is None) == (agency.path is None):
            faults.append(f"{where}.url: exactly one of url and path is needed; write one and remove the other")
        if (
            isinstance(agency, DebtorListAgency | ImportedAgency)
            and agency.absent == "clear"
            and agency.least_firms is None
        ):
            # An empty file would clear everybody.
            faults.append(
                f'{where}.least_firms: is missing, and absent = "clear" needs it; write how many firms a whole file '
                "holds at least"
            )
        if isinstance(agency, GrpcAgency):
            faults += _agency_tls(where, agency)
        faults += quota_faults(where, agency)
    return faults


def _agency_tls(where: str, agency: GrpcAgency) -> list[str]:
    files = (agency.authorities, agency.certificate, agency.key)
    if None in files and any(files):
        return [f"{where}.authorities: goes with certificate and key; write all three or none"]
    return []


def _budget(service: Service, agencies: tuple[AgencySettings, ...]) -> list[str]:
    return [
        f'agencies["{agency.name}"].timeout_seconds: {agency.timeout_seconds:g} is not below '
        f"service.call_budget_seconds ({service.call_budget_seconds:g}); write less, or raise the budget"
        for agency in agencies
        if agency.timeout_seconds >= service.call_budget_seconds
    ]


def _production(parts: Draft, environment: Mapping[str, str]) -> list[str]:
    faults = _production_database(parts.database, environment) if parts.database else []
    if parts.service and not parts.service.issuer.startswith("https://"):
        faults.append(f"service.issuer: {parts.service.issuer} is plain text, which production refuses; write https://")
    if parts.site and parts.site.listen and parts.site.certificate is None:
        faults.append(
            f"site.listen: {parts.site.listen} would be plain text, which production refuses; write site.certificate "
            "and site.key, or remove site.listen and let a web server serve the folder"
        )
    for agency in parts.agencies:
        faults += _production_agency(agency)
    return faults + development_marks(parts)


def _production_database(database: Database, environment: Mapping[str, str]) -> list[str]:
    if database.dsn is None:
        return ["database.dsn: is missing, and production refuses the embedded database; name a PostgreSQL"]
    if may_be_plain(database.dsn, environment):
        return [
            "database.dsn: may cross the network in plain text, which production refuses; add sslmode=verify-full to it"
        ]
    return []


def _production_agency(agency: AgencySettings) -> list[str]:
    where = f'agencies["{agency.name}"]'
    faults = []
    if agency.sandbox:
        faults.append(f"{where}.sandbox: production refuses the sandbox; write the real agency's address")
    # Whatever its kind: one of another package may have an address too.
    url = getattr(agency, "url", None)
    if isinstance(url, str) and url.startswith("http://"):
        faults.append(f"{where}.url: {url} is plain text, which production refuses; write https://")
    if isinstance(agency, GrpcAgency) and agency.authorities is None:
        faults.append(f"{where}.authorities: is missing, and production refuses plain text; write the authority in PEM")
    return faults
