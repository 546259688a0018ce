"""The settings part by part, so that one malformed part hides no fault of another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from certsvc.config.agencies import AgencySettings
from certsvc.config.faults import checked, unknown_key
from certsvc.config.kinds import settings_of
from certsvc.config.section import Section
from certsvc.config.settings import Database, General, Keys, Log, Pending, Service, Settings, Site, StatusLists, Tls
from certsvc.core.errors import ConfigError

SECTIONS: dict[str, type[Section]] = {
    "service": Service,
    "tls": Tls,
    "site": Site,
    "database": Database,
    "keys": Keys,
    "pending": Pending,
    "status_lists": StatusLists,
    "log": Log,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What of the settings is well formed; None where it is not."""

    general: General | None
    service: Service | None
    tls: Tls | None
    site: Site | None
    database: Database | None
    keys: Keys | None
    pending: Pending | None
    status_lists: StatusLists | None
    log: Log | None
    agencies: tuple[AgencySettings, ...]

    def settings(self) -> Settings:
        """The whole; only for a draft without faults."""
        assert self.general
        parts = {name: getattr(self, name) for name in SECTIONS}
        return Settings(profile=self.general.profile, agencies=self.agencies, **parts)


def keys_of(section: str) -> Collection[str]:
    """The keys of a section."""
    return SECTIONS[section].model_fields.keys()


def draft(values: Mapping[str, object], folder: Path) -> tuple[Draft, list[str]]:
    """The well-formed parts of a file's values, and the faults of the others."""
    general, faults = checked(General, {k: v for k, v in values.items() if k == "profile"}, "", folder)
    known = [*Settings.model_fields]
    faults += [unknown_key(key, known) for key in values if key not in known]
    parts = {}
    for name, model in SECTIONS.items():
        parts[name], more = checked(model, values.get(name, {}), f"{name}.", folder)
        faults += more
    agencies, more = _agencies(values.get("agencies", []), folder)
    # mypy cannot follow names through a dict; `Settings` checks the types again.
    return Draft(general=general, agencies=agencies, **parts), faults + more  # type: ignore[arg-type]  # see above


def _agencies(entries: object, folder: Path) -> tuple[tuple[AgencySettings, ...], list[str]]:
    if not isinstance(entries, list):
        return (), ["agencies: is not a list; write each agency under its own [[agencies]]"]
    agencies: list[AgencySettings] = []
    faults: list[str] = []
    for number, entry in enumerate(entries, start=1):
        where = _name_of(entry, number)
        kind = entry.get("kind") if isinstance(entry, dict) else None
        try:
            agency, more = checked(settings_of(str(kind)), entry, where, folder)
        except ConfigError as error:
            faults += [f"{where}kind: {fault}" for fault in error.faults]
            continue
        except Exception as error:  # the model of another package: ours raise nothing else
            why = f"the settings of {kind} cannot be read ({type(error).__name__})"
            faults.append(f"{where}kind: {why}; repair or remove its package")
            continue
        faults += more
        if agency is not None:
            agencies.append(agency)
    return tuple(agencies), faults


def _name_of(entry: object, number: int) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return f'agencies["{name}"].' if isinstance(name, str) else f"agencies[number {number}]."
