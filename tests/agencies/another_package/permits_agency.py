"""A kind of agency as another package brings it, whole: a city's register of permits, one GET an enterprise.

GET <url>?number=N   ->   {"name": "...", "standing": "good", "on": "2026-10-05"}
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

import aiohttp
import structlog
from pydantic import Field

from certsvc.agencies.adapter import UNKNOWN, Answer, is_data_date, is_text, to_evidence, worst_of
from certsvc.agencies.kind import AgencyKind, Tools
from certsvc.agencies.skew import SkewWatch
from certsvc.agencies.web import new_session, read_bounded, retry_after
from certsvc.config import AgencySettings
from certsvc.config.fields import Url
from certsvc.core.errors import VerificationError
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome
from certsvc.core.strictjson import read_json

_log = structlog.get_logger(__name__)

_STANDINGS: Mapping[str, Outcome] = {"good": Outcome.CLEAR, "fees due": Outcome.BARRED_ARREARS}
_STATUSES: Mapping[int, Outcome] = {404: Outcome.NO_INFORMATION, 429: Outcome.RATE_LIMITED, 503: Outcome.UNAVAILABLE}
_CAP = 16 * 1024


class PermitsSettings(AgencySettings):
    """`[[agencies]]` with `kind = "permits"`."""

    kind: Literal["permits"]
    url: Annotated[Url, Field(examples=["https://permits.example.city/standing"])]


class Permits:
    """Adapter of the register."""

    def __init__(self, settings: PermitsSettings, tools: Tools) -> None:
        self.name = settings.name
        self.schemes = settings.schemes
        self._url = settings.url
        self._tools = tools
        self._skew = SkewWatch(self.name, tools.clock, tools.monotonic)
        self._session: aiohttp.ClientSession | None = None

    def knows(self, enterprise: Enterprise) -> bool:
        """True if the register may be given one of the numbers."""
        return any(identifier.kind in self._tools.kinds for identifier in enterprise.identifiers)

    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        """One finding for each scheme."""
        numbers = [i.value for i in enterprise.identifiers if i.kind in self._tools.kinds]
        try:
            async with asyncio.timeout(within):
                answers = [await self.ask(number) for number in numbers]
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            _log.warning("agency_unreachable", agency=self.name, fault=type(fault).__name__)
            answers = [UNKNOWN[Outcome.UNAVAILABLE]]
        answer = worst_of(answers or [UNKNOWN[Outcome.NO_INFORMATION]])
        if answer.outcome is Outcome.MALFORMED:
            _log.error("agency_answer_malformed", agency=self.name, alert=True)
        return to_evidence(self.name, self.schemes, answer, self._tools.clock.now())

    async def ask(self, number: str) -> Answer:
        """What the register says of one number."""
        if self._session is None:
            self._session = new_session(8)
        async with self._session.get(self._url, params={"number": number}, allow_redirects=False) as response:
            self._skew.look(response.headers)
            if response.status == 429:
                await self._tools.pause(retry_after(response.headers.get("Retry-After"), self._tools.clock.now()))
            if response.status != 200:
                return UNKNOWN[_STATUSES.get(response.status, Outcome.MALFORMED)]
            return self.read(await read_bounded(response, _CAP))

    def read(self, body: bytes | None) -> Answer:
        """What the body of a 200 says; never raises."""
        return read_answer(body, self._tools.clock.now())

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()


def read_answer(body: bytes | None, at: datetime) -> Answer:
    """The answer by its words and its day; whatever is not in the contract is MALFORMED."""
    try:
        document = read_json(body or b"")
        day = date.fromisoformat(str(document.get("on")))
    except (VerificationError, ValueError):
        return UNKNOWN[Outcome.MALFORMED]
    outcome, name = _STANDINGS.get(str(document.get("standing"))), document.get("name")
    if outcome is None or not is_text(name) or not is_data_date(day, at):
        return UNKNOWN[Outcome.MALFORMED]
    return Answer(outcome, data_as_of=day, name=str(name))


KIND = AgencyKind(PermitsSettings, Permits)
