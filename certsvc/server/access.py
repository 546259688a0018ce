"""Who may call what: one row for each RPC, compared with what is served before anything listens.

Invariants
- A method without a row is not served; a row without a method stops the start.
- Roles are named by the client certificate, never by the request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from certsvc.core.errors import ConfigError


class Role(StrEnum):
    """What a caller is, as its certificate says."""

    PROGRAMME = "programme"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    BANK = "bank"
    AGENCY = "agency"


SEES_ALL = frozenset({Role.OPERATOR, Role.AUDITOR})
"""Roles that read every programme's applications and certificates; the others read their own."""


class Rule(NamedTuple):
    """How one method may be used.

    `budget` is the time in seconds that a call may take at most, and takes the place of a missing deadline;
    None leaves it open. A call that is not `shed` answers under overload too; streams always count against their
    limit, since one that stays open costs as long as it is held.
    """

    roles: frozenset[Role]
    budget: float | None
    shed: bool = True


_ANYONE = frozenset(Role)
_PROGRAMME = frozenset({Role.PROGRAMME})
_READERS = frozenset({Role.PROGRAMME, *SEES_ALL})
_OPERATOR = frozenset({Role.OPERATOR})

_CALLS = 10.0
_READS = 5.0
_PUBLISHES = 30.0
_WATCHES = 3600.0

RULES: Mapping[str, Rule] = {
    "/certsvc.v1.CertificateService/CheckEligibility": Rule(_READERS, _CALLS),
    "/certsvc.v1.CertificateService/IssueCertificate": Rule(_PROGRAMME, _CALLS),
    "/certsvc.v1.CertificateService/GetApplication": Rule(_READERS, _READS),
    "/certsvc.v1.CertificateService/WatchApplication": Rule(_READERS, _WATCHES),
    "/certsvc.v1.CertificateService/ExplainApplication": Rule(_READERS, _READS),
    "/certsvc.v1.CertificateService/GetCertificate": Rule(_READERS, _READS),
    "/certsvc.v1.CertificateService/ListCertificates": Rule(_READERS, _READS),
    # Under load an operator must still be able to revoke and to look.
    "/certsvc.v1.OperationsService/RevokeCertificate": Rule(_OPERATOR, _PUBLISHES, shed=False),
    "/certsvc.v1.OperationsService/RepublishStatus": Rule(_OPERATOR, _PUBLISHES, shed=False),
    "/certsvc.v1.OperationsService/GetServiceStatus": Rule(SEES_ALL, _READS, shed=False),
    "/certsvc.v1.OperationsService/SwitchAgencyMode": Rule(_OPERATOR, _READS, shed=False),
    "/certsvc.v1.OperationsService/ReleaseAgencyHold": Rule(_OPERATOR, _READS, shed=False),
    "/certsvc.v1.OperationsService/OpenDispute": Rule(_OPERATOR, _READS, shed=False),
    "/certsvc.v1.OperationsService/ApproveDispute": Rule(_OPERATOR, _READS, shed=False),
    "/certsvc.v1.OperationsService/CloseDispute": Rule(_OPERATOR, _READS, shed=False),
    "/certsvc.v1.OperationsService/ListDisputes": Rule(SEES_ALL, _READS, shed=False),
    "/certsvc.v1.AgencyEventService/ReportEvents": Rule(frozenset({Role.AGENCY}), _CALLS),
    "/certsvc.v1.TrustService/GetTrustBundle": Rule(_ANYONE, _READS),
    "/certsvc.v1.TrustService/GetKeySet": Rule(_ANYONE, _READS),
    "/certsvc.v1.TrustService/GetStatusList": Rule(_ANYONE, _READS),
    "/grpc.health.v1.Health/Check": Rule(_ANYONE, _READS, shed=False),
    "/grpc.health.v1.Health/List": Rule(_ANYONE, _READS, shed=False),
    "/grpc.health.v1.Health/Watch": Rule(_ANYONE, None),
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": Rule(
        frozenset({Role.PROGRAMME, Role.OPERATOR}), _WATCHES
    ),
}


def check_rules(rules: Mapping[str, Rule], served: Iterable[str]) -> None:
    """Raises ConfigError that names every served method without a rule, every rule without a method or a role."""
    methods = set(served)
    faults = [f"{method} is served but has no access rule" for method in sorted(methods - rules.keys())]
    faults += [f"{method} has an access rule but is not served" for method in sorted(rules.keys() - methods)]
    faults += [f"{method} has an access rule that allows nobody" for method in sorted(rules) if not rules[method].roles]
    if faults:
        raise ConfigError(faults)
