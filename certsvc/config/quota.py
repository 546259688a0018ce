"""What an agency's `quota` allows, and what is wrong with one that allows too little."""

from __future__ import annotations

from collections import Counter

from certsvc.config.agencies import AgencySettings, DebtorListAgency, HaciendaAgency, ImportedAgency
from certsvc.service.quota import Allowance, Window, allowance

_CALLS_FOR_ONE = 4
"""Calls to the ministry for one enterprise: it is asked under each kind of number."""


def allowance_of(agency: AgencySettings) -> Allowance | None:
    """How fast the agency may be asked; None without a quota, or with one that `quota_faults` refuses.

    A call arrives at most as long after it was counted as its try may take: then it is given up.
    """
    windows = [Window(window.calls, window.seconds) for window in agency.quota]
    return allowance(windows, lag=agency.try_seconds) if windows else None


def quota_faults(where: str, agency: AgencySettings) -> list[str]:
    """Every fault of the agency's quota."""
    if not agency.quota:
        return []
    if isinstance(agency, DebtorListAgency | ImportedAgency):
        return [f"{where}.quota: counts calls, and a file is read without any; remove it"]
    faults = [
        f"{where}.quota: {count} windows have {seconds:g} seconds; write the tightest of them alone"
        for seconds, count in Counter(window.seconds for window in agency.quota).items()
        if count > 1
    ]
    least = _CALLS_FOR_ONE if isinstance(agency, HaciendaAgency) else 1
    allowed = allowance_of(agency)
    if allowed is None or allowed.burst < least:
        tightest = min(agency.quota, key=lambda window: window.calls)
        faults.append(
            f"{where}.quota: {tightest.calls} calls in {tightest.seconds:g} seconds are too few to ask of one "
            f"enterprise at once, which may take {least} while others are still on their way; write windows of at "
            f"least {5 * least} calls"
        )
    return faults
