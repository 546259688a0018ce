"""The contract refuses an adapter for each thing that it must not do: a suite that passes all protects nothing."""

from __future__ import annotations

import email.utils
import json
from dataclasses import replace
from datetime import date
from typing import Any

import aiohttp
import pytest
import structlog
from structlog.testing import capture_logs

from certsvc.agencies.adapter import UNKNOWN, Answer
from certsvc.agencies.contract import (
    CASES,
    NOW,
    Failure,
    FaultyServer,
    HttpFront,
    MakeAdapter,
    Reply,
    Truth,
    check,
    check_manners,
)
from certsvc.agencies.kind import Tools
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome
from tests.agencies.another_package.permits_agency import Permits, PermitsSettings
from tests.agencies.kit import company

FIRM = company("3101999901")
_log = structlog.get_logger(__name__)


def good(day: date) -> Reply:
    return Reply(json.dumps({"name": "COMPAÑIA", "standing": "good", "on": str(day)}, ensure_ascii=False).encode())


class Careless(Permits):
    """An adapter whose request can be made in other ways."""

    options: dict[str, Any] = {"allow_redirects": False}  # noqa: RUF012  read only

    async def body(self, number: str, **options: Any) -> bytes:
        """The body, whatever the status."""
        session = self._session = self._session or aiohttp.ClientSession()
        async with session.get(self._url, params={"number": number}, **(self.options | options)) as response:
            return await response.read()


class WithoutDeadline(Permits):
    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        return await super().find(enterprise, 3600.0)


class WithADeadlineForEachByte(Careless):
    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        self.timeout = aiohttp.ClientTimeout(total=None, sock_read=within)
        return await super().find(enterprise, 3600.0)

    async def ask(self, number: str) -> Answer:
        return self.read(await self.body(number, timeout=self.timeout))


class SilenceIsClear(Permits):
    def read(self, body: bytes | None) -> Answer:
        return super().read(body) if body else Answer(Outcome.CLEAR)


class FollowsRedirects(Careless):
    async def ask(self, number: str) -> Answer:
        return self.read(await self.body(number, allow_redirects=True))


class ReadsWithoutEnd(Careless):
    async def ask(self, number: str) -> Answer:
        return self.read(await self.body(number))


class ReadsAnyLetters(Permits):
    def read(self, body: bytes | None) -> Answer:
        return super().read((body or b"").decode(errors="replace").encode())


class TakesTheLastOfTwo(Permits):
    def read(self, body: bytes | None) -> Answer:
        try:
            return super().read(json.dumps(json.loads(body or b"")).encode())
        except ValueError:
            return UNKNOWN[Outcome.MALFORMED]


class TakesAnErrorForNoDebt(Permits):
    def read(self, body: bytes | None) -> Answer:
        answer = super().read(body)
        return Answer(Outcome.CLEAR) if b"Not Found" in (body or b"") else answer


class TakesAnyDay(Permits):
    def read(self, body: bytes | None) -> Answer:
        document = json.loads(body or b"{}")
        return Answer(Outcome.CLEAR, data_as_of=date.fromisoformat(document["on"]))


class Raises(Permits):
    async def ask(self, number: str) -> Answer:
        answer = await super().ask(number)
        if answer.outcome is Outcome.UNAVAILABLE:
            raise LookupError
        return answer


class NeverTriesAgain(Permits):
    failed = False

    async def ask(self, number: str) -> Answer:
        answer = UNKNOWN[Outcome.UNAVAILABLE] if self.failed else await super().ask(number)
        self.failed = answer.outcome is Outcome.UNAVAILABLE
        return answer


class CallsAFailureABar(Permits):
    async def ask(self, number: str) -> Answer:
        answer = await super().ask(number)
        return Answer(Outcome.BARRED_ARREARS) if answer.outcome is Outcome.UNAVAILABLE else answer


class Talks(Permits):
    async def ask(self, number: str) -> Answer:
        _log.info("asked", number=number)
        return await super().ask(number)


class TalksOfNames(Permits):
    def read(self, body: bytes | None) -> Answer:
        _log.info("answered", body=(body or b"").decode())
        return super().read(body)


class HidesWhatItDoesNotUnderstand(Permits):
    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        with capture_logs():
            return await super().find(enterprise, within)


class LeavesSchemesOut(Permits):
    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        return Evidence((await super().find(enterprise, within)).findings[:-1])


class AnotherName(Permits):
    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        evidence = await super().find(enterprise, within)
        return replace(evidence, findings=tuple(replace(f, agency="tax") for f in evidence.findings))


class AtTheAgencysTime(Careless):
    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        evidence = await super().find(enterprise, within)
        session = self._session
        assert session is not None
        async with session.get(self._url) as response:
            at = email.utils.parsedate_to_datetime(response.headers["Date"])
        return replace(evidence, findings=tuple(replace(f, checked_at=at) for f in evidence.findings))


class DeafToClocks(Permits):
    def __init__(self, settings: PermitsSettings, tools: Tools) -> None:
        super().__init__(settings, tools)
        self._skew.look = lambda headers: None  # type: ignore[method-assign]  # it does not look


DEFECTS = [
    (WithoutDeadline, Failure.SLOW, "after its time"),
    (WithoutDeadline, Failure.HANG, "after its time"),
    (WithoutDeadline, Failure.SILENT, "after its time"),
    (WithADeadlineForEachByte, Failure.DRIP, "after its time"),
    (SilenceIsClear, Failure.EMPTY, "CLEAR is not allowed"),
    (FollowsRedirects, Failure.REDIRECT, "CLEAR is not allowed"),
    (ReadsWithoutEnd, Failure.HUGE, "CLEAR is not allowed"),
    (ReadsAnyLetters, Failure.INVALID_UTF8, "CLEAR is not allowed"),
    (ReadsAnyLetters, Failure.LATIN_1, "CLEAR is not allowed"),
    (TakesTheLastOfTwo, Failure.TWICE, "CLEAR is not allowed"),
    (TakesTheLastOfTwo, Failure.UTF_16, "CLEAR is not allowed"),
    (TakesAnErrorForNoDebt, Failure.ERROR_INSIDE, "CLEAR is not allowed"),
    (TakesAnyDay, Failure.AHEAD, "lies ahead"),
    (TakesAnyDay, Failure.OUR_CLOCK_BEHIND, "lies ahead"),
    (Raises, Failure.DOWN, "raises nothing"),
    (Raises, Failure.FLAPPING, "raises nothing"),
    (NeverTriesAgain, Failure.DOWN, "well again"),
    (NeverTriesAgain, Failure.FLAPPING, "well again"),
    (CallsAFailureABar, Failure.DOWN, "BARRED_ARREARS is not allowed"),
    (Talks, Failure.RESET, "an identifier is in the log"),
    (TalksOfNames, Failure.BOM, "the name is in the log"),
    (HidesWhatItDoesNotUnderstand, Failure.HTML, "alert=True"),
    (LeavesSchemesOut, Failure.REFUSED, "one finding for each scheme"),
    (AnotherName, Failure.REFUSED, "the adapter's name"),
    (AtTheAgencysTime, Failure.SKEWED, "our time"),
    (DeafToClocks, Failure.SKEWED, "told of"),
    (DeafToClocks, Failure.OUR_CLOCK_BEHIND, "told of"),
]


def built_as(adapter: type[Permits]) -> MakeAdapter:
    def make(address: str, tools: Tools) -> Permits:
        url = f"http://{address}/standing"
        return adapter(PermitsSettings(kind="permits", name="permits", schemes=("permits", "fees"), url=url), tools)

    return make


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long here never ends."""
    monkeypatch.setattr("certsvc.agencies.contract.checks._GRACE", 0.3)
    monkeypatch.setattr("certsvc.agencies.contract.checks._RECOVERY", 0.1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("adapter", "failure", "why"), DEFECTS, ids=lambda value: getattr(value, "__name__", value))
async def test_the_contract_refuses(adapter: type[Permits], failure: Failure, why: str) -> None:
    (case,) = [case for case in CASES if case.failure is failure]
    async with FaultyServer(HttpFront(Truth(FIRM, good))) as server:
        with pytest.raises(AssertionError, match=why):
            await check(case, built_as(adapter), server)


class SendsAnything(Permits):
    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        evidence = await super().find(enterprise, within)
        await self.ask(enterprise.identifier.value)
        return evidence


class ClosesOnce(Permits):
    closed = False

    async def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed twice")
        self.closed = True
        await super().close()


async def test_manners_are_refused_too() -> None:
    async with FaultyServer(HttpFront(Truth(FIRM, good))) as server:
        await check_manners(built_as(Permits), server)
        with pytest.raises(AssertionError, match="is not sent"):
            await check_manners(built_as(SendsAnything), server)
        with pytest.raises(RuntimeError, match="closed twice"):
            await check_manners(built_as(ClosesOnce), server)


async def test_a_good_answer_without_a_letter_to_misspell_is_refused() -> None:
    plain = Truth(FIRM, lambda day: Reply(good(day).body.replace("Ñ".encode(), b"N")))
    with pytest.raises(ValueError, match="Ñ"):
        plain.as_told(Failure.LATIN_1, NOW.date(), {})
