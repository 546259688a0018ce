"""Which kinds of agency there are: those of certsvc, and those of other packages that are installed.

Invariants
- What another package brings is loaded only if an agency of that kind is configured, and never in the place of one of
  certsvc's own.
- Whatever is wrong with it is a fault of the configuration, said in one line.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from certsvc.config.agencies import AGENCY_KINDS, AgencySettings
from certsvc.core.errors import ConfigError

GROUP = "certsvc.agencies"
"""The entry points that bring kinds of agencies, certsvc's own among them."""


def settings_of(kind: str) -> type[AgencySettings]:
    """The settings of an agency of this kind. Raises ConfigError."""
    return AGENCY_KINDS.get(kind) or _settings_in(load_kind(kind), kind)


def load_kind(kind: str) -> object:
    """What the entry point of this name brings. Raises ConfigError if there is none, or it does not load."""
    points = entry_points(group=GROUP)  # reads the metadata of every installed package
    found = [point for point in points if point.name == kind]
    if not found:
        known = dict.fromkeys([*AGENCY_KINDS, *sorted(point.name for point in points)])
        raise ConfigError([f"names no kind of agency; write one of: {', '.join(known)}"])
    if len(found) > 1:
        packages = " and ".join(sorted(map(_package, found)))
        raise ConfigError([f"{kind} is brought by {packages}; remove all but one of them"])
    try:
        brought: object = found[0].load()
    except Exception as fault:
        why = f"{type(fault).__name__}: {fault}".partition("\n")[0]
        raise ConfigError([f"{kind} of {_package(found[0])} does not load ({why}); repair or remove it"]) from fault
    return brought


def _settings_in(brought: object, kind: str) -> type[AgencySettings]:
    """The settings model of what an entry point brought. Raises ConfigError if it has none."""
    model = getattr(brought, "settings", None)
    if isinstance(model, type) and issubclass(model, AgencySettings):
        return model
    raise ConfigError([f"{kind} is no kind of agency: it brings no settings; repair or remove the package"])


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
