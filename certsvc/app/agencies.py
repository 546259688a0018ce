"""The configured agencies, each as its adapter, all behind one panel."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

from certsvc.agencies.adapter import Adapter
from certsvc.agencies.fanout import Panel
from certsvc.agencies.filed import NO_FILES, Filed
from certsvc.agencies.kind import AgencyKind, Tools
from certsvc.agencies.quota import Quota
from certsvc.agencies.resilience.guard import Guard
from certsvc.agencies.resilience.policy import Policy
from certsvc.app.kinds import OWN_KINDS
from certsvc.config import AgencySettings, ImportedAgency, Settings, load_kind
from certsvc.core.errors import ConfigError
from certsvc.service.identifiers import KINDS
from certsvc.service.ports import Clock
from certsvc.store.filed import Filed as PostgresFiled


def open_panel(settings: Settings, clock: Clock, quotas: Mapping[str, Quota], filed: Filed = NO_FILES) -> Panel:
    """Every configured agency, each with the quota under its name; nothing is asked yet. Raises ConfigError."""
    return Panel([_guarded(agency, clock, quotas[agency.name], filed) for agency in settings.agencies])


def open_filed(dsn: str, stack: AsyncExitStack) -> Filed:
    """The debtor files that operators brought; connects at the first question."""
    filed = PostgresFiled(dsn)
    stack.push_async_callback(filed.close)
    return filed


def _guarded(settings: AgencySettings, clock: Clock, quota: Quota, filed: Filed) -> Guard:
    tools = Tools(clock, KINDS, pause=quota.pause, again=quota.again, filed=filed)
    return Guard(build_agency(settings, tools), clock, policy_of(settings), quota=quota)


def policy_of(settings: AgencySettings) -> Policy:
    """What one `[[agencies]]` entry allows its agency."""
    policy = Policy(
        timeout=settings.timeout_seconds,
        try_seconds=settings.try_seconds,
        tries=settings.tries,
        calls_at_once=settings.calls_at_once,
        waiting_at_most=settings.waiting_at_most,
        open_after=settings.open_after,
        open_seconds=settings.open_seconds,
        outage_seconds=settings.outage_seconds,
    )
    if isinstance(settings, ImportedAgency):
        # Nobody is asked who could be out or would have to be spared: a file answers from the moment of its import.
        return replace(policy, tries=1, open_after=sys.maxsize, outage_seconds=0.001)
    return policy


def build_agency(settings: AgencySettings, tools: Tools) -> Adapter:
    """The adapter for one `[[agencies]]` entry, by the kind that it names. Raises ConfigError."""
    where = f'agencies["{settings.name}"]'
    kind = OWN_KINDS.get(settings.kind) or load_kind(settings.kind)
    if not isinstance(kind, AgencyKind):
        raise ConfigError([f"{where}.kind: {settings.kind} is no kind of agency; repair or remove its package"])
    try:
        adapter: Adapter = kind.build(settings, tools)
    except ConfigError:
        raise
    except Exception as fault:
        # Of another package perhaps: its text could hold a secret of the settings.
        why = f"{settings.kind} cannot be built from these settings ({type(fault).__name__})"
        raise ConfigError([f"{where}: {why}; look into its package"]) from fault
    of = getattr(adapter, "name", None), getattr(adapter, "schemes", None)
    if of != (settings.name, settings.schemes):
        raise ConfigError(
            [f"{where}: {settings.kind} answers for another name or other schemes; look into its package"]
        )
    return adapter
