"""The quota of each agency, or its pause alone, all on one ledger in the service's database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import MappingProxyType

from certsvc.agencies.quota import NoQuota, Quota
from certsvc.agencies.shared_pause import SharedPause
from certsvc.agencies.shared_quota import SharedQuota
from certsvc.config import AgencySettings, DebtorListAgency, ImportedAgency, Settings
from certsvc.config.quota import allowance_of
from certsvc.store.quota import QuotaLedger


async def open_quotas(settings: Settings, dsn: str, stack: AsyncExitStack) -> Mapping[str, Quota]:
    """Agency name -> its quota; those with limits begin to fill, a pause of the others is read. Closed by `stack`."""
    ledger = QuotaLedger(dsn)
    stack.push_async_callback(ledger.close)
    shared = {agency.name: quota for agency in settings.agencies if (quota := _shared(agency, ledger)) is not None}
    for quota in shared.values():
        stack.push_async_callback(quota.close)
    await asyncio.gather(*(quota.open() for quota in shared.values()))
    return MappingProxyType({agency.name: shared.get(agency.name) or NoQuota() for agency in settings.agencies})


def _shared(agency: AgencySettings, ledger: QuotaLedger) -> SharedQuota | SharedPause | None:
    """None for an agency that is a file: nobody is called, and so nobody can ask to be left alone."""
    if isinstance(agency, DebtorListAgency | ImportedAgency):
        return None
    allowed = allowance_of(agency)
    return SharedPause(agency.name, ledger) if allowed is None else SharedQuota(agency.name, allowed, ledger)
