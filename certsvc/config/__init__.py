"""The settings of one running service: `certsvc.toml`, read once at start, whole or not at all.

Every key can be overridden from the environment: `CERTSVC__<SECTION>__<KEY>`, such as
`CERTSVC__DATABASE__DSN`, or `CERTSVC__PROFILE` for the one key outside a section. A variable of that
form that names no setting is a fault, so that a typing error never leaves a default in force. The
`[[agencies]]` entries have no such override. Relative paths start at the folder of `certsvc.toml`.
"""

from certsvc.config.agencies import AgencySettings, DebtorListAgency, GrpcAgency, HaciendaAgency, ImportedAgency
from certsvc.config.fields import Address
from certsvc.config.kinds import load_kind
from certsvc.config.load import FILE_NAME, load
from certsvc.config.settings import Settings

__all__ = [
    "FILE_NAME",
    "Address",
    "AgencySettings",
    "DebtorListAgency",
    "GrpcAgency",
    "HaciendaAgency",
    "ImportedAgency",
    "Settings",
    "load",
    "load_kind",
]
