"""Whether an adapter bears a failure: it answers in time and says that it does not know, and is well again after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from structlog.testing import capture_logs
from structlog.typing import EventDict

from certsvc.agencies.adapter import Adapter, InMemory, is_data_date
from certsvc.agencies.contract.cases import NOW, PLENTY, Case, Failure
from certsvc.agencies.contract.http import MOST
from certsvc.agencies.contract.server import FaultyServer
from certsvc.agencies.contract.spoil import LETTER
from certsvc.agencies.kind import Tools
from certsvc.core.model import Enterprise, Evidence, Identifier, Source
from certsvc.core.outcome import Outcome, Standing

MakeAdapter = Callable[[str, Tools], Adapter]
"""The adapter of an agency at HOST:PORT."""

_GRACE = 5.0
"""Seconds beyond its time after which an adapter counts as stuck, on a machine that is busy with other things."""

_RECOVERY = 30.0
_A_MOMENT = 0.02
_STRANGER = Identifier("xx.stranger", "1")

_OUR_CLOCK = {Failure.OUR_CLOCK_BEHIND: -timedelta(days=3), Failure.OUR_CLOCK_AHEAD: timedelta(days=3)}
_SKEWS = frozenset({Failure.SKEWED, *_OUR_CLOCK})


class Hands:
    """A clock whose hands are moved: `now` for the time, a call for the seconds that only ever grow."""

    def __init__(self) -> None:
        self._now = NOW
        self._seconds = 1000.0

    def now(self) -> datetime:
        """Aware UTC."""
        return self._now

    def __call__(self) -> float:
        return self._seconds

    def set(self, now: datetime) -> None:
        """Puts the clock right, or wrong; no time passes by it."""
        self._now = now

    def pass_an_hour(self) -> None:
        """Time for periods to end; the agency's clock stands still, so ours does too."""
        self._seconds += 3600.0


async def check(case: Case, make_adapter: MakeAdapter, server: FaultyServer) -> Outcome:
    """What the adapter says while the agency fails. Raises AssertionError unless it bears the failure.

    It is asked while the agency fails, when it is well again, and once more while it fails.
    """
    hands = Hands()
    adapter = make_adapter(server.address, _tools(hands, server))
    try:
        first = await _ask_failing(case, adapter, server, hands, is_first=True)
        for _ in range(case.rounds):
            await _ask_well(adapter, server, hands)
            again = await _ask_failing(case, adapter, server, hands)
            # What an adapter keeps, it may go on answering with, under its own dates.
            assert again is first or again is Outcome.CLEAR, f"{case}: first {first}, then {again}"
        return first
    finally:
        await server.mend()
        await adapter.close()


async def check_manners(make_adapter: MakeAdapter, server: FaultyServer) -> None:
    """Raises AssertionError unless the adapter does what every adapter does where nothing fails."""
    hands = Hands()
    await server.mend()
    adapter = make_adapter(server.address, _tools(hands, server))
    try:
        evidence = await _ask(adapter, server.truth.enterprise, PLENTY)
        assert evidence.findings[0].outcome is Outcome.CLEAR, "it says what the agency says"
        asked = server.calls
        stranger = await _ask(adapter, Enterprise((_STRANGER,)), PLENTY)
        assert stranger.findings[0].outcome is Outcome.NO_INFORMATION, "of a kind that it does not know, nothing"
        assert server.calls == asked, "a number of a kind that the agency does not know is not sent"
        await _leave(adapter, server.truth.enterprise)
        assert (await _ask(adapter, server.truth.enterprise, PLENTY)).findings[0].outcome is Outcome.CLEAR
    finally:
        await adapter.close()
    unused = make_adapter(server.address, _tools(hands, server))
    await unused.close()
    await unused.close()


async def _leave(adapter: Adapter, enterprise: Enterprise) -> None:
    """Asks and does not wait: it must harm nobody who asks afterwards."""
    leaver = asyncio.ensure_future(adapter.find(enterprise, PLENTY))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)


def _tools(hands: Hands, server: FaultyServer) -> Tools:
    kinds = tuple(identifier.kind for identifier in server.truth.enterprise.identifiers)
    return Tools(clock=hands, kinds=kinds, monotonic=hands)


async def _ask_failing(
    case: Case, adapter: Adapter, server: FaultyServer, hands: Hands, *, is_first: bool = False
) -> Outcome:
    await server.fail(case.failure)
    hands.set(NOW + _OUR_CLOCK.get(case.failure, timedelta()))
    try:
        with capture_logs() as logged:
            evidence = await _ask(adapter, server.truth.enterprise, case.within)
    finally:
        await server.mend()
    outcome = evidence.findings[0].outcome
    kept = outcome is Outcome.CLEAR and not is_first and _keeps(adapter, evidence)
    assert kept or outcome.standing in case.allows, f"{case}: {outcome} is not allowed, since {case.what}"
    if outcome.standing is Standing.UNKNOWN:
        assert evidence.facts == (), f"{case}: nothing is known, and yet there are facts"
    _check_time(case, evidence, hands, kept=kept)
    _check_log(case, logged, server, outcome)
    if is_first and case.failure in _SKEWS and server.states_its_time:
        skews = [entry for entry in logged if entry["event"] == "agency_clock_skew" and entry.get("alert") is True]
        assert len(skews) == 1, f"{case}: clocks that are apart are told of, and once"
    assert server.followed == 0, f"{case}: a redirect was followed"
    assert server.sent < MOST, f"{case}: an answer without end was read to its end"
    hands.set(NOW)
    return outcome


async def _ask_well(adapter: Adapter, server: FaultyServer, hands: Hands) -> None:
    """Raises AssertionError unless the agency, which is well again, is soon heard again, at our time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _RECOVERY
    while True:
        hands.pass_an_hour()
        evidence = await _ask(adapter, server.truth.enterprise, PLENTY)
        if all(finding.outcome is Outcome.CLEAR and finding.checked_at == NOW for finding in evidence.findings):
            return
        assert loop.time() < until, f"the agency is well again, and yet {evidence.findings}"
        # A channel that was broken waits a little before it connects anew; what is kept is renewed behind the answer.
        await asyncio.sleep(_A_MOMENT)


async def _ask(adapter: Adapter, enterprise: Enterprise, within: float) -> Evidence:
    """The answer, which is complete whatever it says."""
    try:
        async with asyncio.timeout(within + _GRACE):
            evidence = await adapter.find(enterprise, within)
    except TimeoutError:
        raise AssertionError(f"no answer {_GRACE:g} seconds after its time of {within:g}") from None
    except Exception as fault:
        raise AssertionError(f"an adapter raises nothing, and yet {type(fault).__name__}") from fault
    assert tuple(f.scheme for f in evidence.findings) == adapter.schemes, "one finding for each scheme"
    assert {f.agency for f in evidence.findings} == {adapter.name}, "findings have the adapter's name"
    return evidence


def _keeps(adapter: Adapter, evidence: Evidence) -> bool:
    """True if the adapter may go on answering from what it was told before, under its own dates."""
    return isinstance(adapter, InMemory) or evidence.findings[0].source is Source.FILE


def _check_time(case: Case, evidence: Evidence, hands: Hands, *, kept: bool) -> None:
    checked = {finding.checked_at for finding in evidence.findings}
    told_before = kept or evidence.findings[0].source is Source.FILE
    ours = {NOW, hands.now()} if told_before else {hands.now()}
    assert checked <= ours, f"{case}: an answer is checked at our time, and one that is kept when it was confirmed"
    days = [finding.data_as_of for finding in evidence.findings if finding.data_as_of is not None]
    ahead = [day for day in days if not is_data_date(day, hands.now())]
    assert told_before or not ahead, f"{case}: data of a day that lies ahead is malformed"


def _check_log(case: Case, logged: list[EventDict], server: FaultyServer, outcome: Outcome) -> None:
    text = repr(logged)
    for identifier in server.truth.enterprise.identifiers:
        assert identifier.value not in text, f"{case}: an identifier is in the log"
    assert LETTER.decode() not in text, f"{case}: the name is in the log"
    if outcome is Outcome.MALFORMED:
        told = any(entry.get("alert") is True for entry in logged)
        assert told, f"{case}: an answer that is not understood is logged with alert=True"
