"""The tax ministry's public register: `GET <url>?identificacion=ID`, one enterprise a call.

Invariants
- Only the words listed here mean something; any other word is MALFORMED, never clear.
- Every number of the enterprise that the ministry can know is asked, and the worst answer counts: a caller
  who gives two cannot choose the clean one.
- A member that stands twice in an answer is MALFORMED: two readers could take two meanings from it.
- "No inscrito" in a 200 is a bar; a 404 is no information. The two are never mixed up.
- The HTTP status is looked at first, then the body: errors also come inside a 200.
- A 429 pauses the whole agency, in all processes, since the ministry blocks the address and not the question. No
  other answer does: no source says that a block looks like anything else, and a refused connection is an outage.

The register states neither a date of its data nor an amount, so `data_as_of` is absent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

import aiohttp
import structlog
from yarl import URL

from certsvc.agencies.adapter import UNKNOWN, Answer, is_text, to_evidence, worst_of
from certsvc.agencies.quota import Pause, no_pause
from certsvc.agencies.skew import SkewWatch
from certsvc.agencies.web import new_session, read_bounded, retry_after
from certsvc.core.errors import VerificationError
from certsvc.core.model import Enterprise, Evidence, Identifier
from certsvc.core.outcome import Outcome
from certsvc.core.strictjson import read_json
from certsvc.service.ports import Clock

_log = structlog.get_logger(__name__)

_BODY_CAP = 64 * 1024
"""Bytes. Answers seen are below 2 KiB."""

_TYPES: Mapping[str, str] = MappingProxyType(
    {"cr.cedula_fisica": "01", "cr.cedula_juridica": "02", "cr.dimex": "03", "cr.nite": "04"}
)
"""Kind of identifier -> `tipoIdentificacion`. Other kinds are not the ministry's."""

MOST_CALLS = len(_TYPES)
"""Calls for one enterprise: one for each kind of number."""

_STATES: Mapping[str, Outcome | None] = MappingProxyType(
    {
        "inscrito": None,
        "no inscrito": Outcome.BARRED_NOT_REGISTERED,
        "desinscrito": Outcome.BARRED_DEREGISTERED,
        "desinscrito oficio": Outcome.BARRED_DEREGISTERED,
    }
)
"""`situacion.estado` without case -> the bar that it is."""

_FLAGS: Mapping[str, Outcome] = MappingProxyType(
    {"moroso": Outcome.BARRED_ARREARS, "omiso": Outcome.BARRED_MISSING_RETURN}
)
"""Flag of `situacion` -> the bar if it is SI, the graver first."""

_NO_INFORMATION = UNKNOWN[Outcome.NO_INFORMATION]
_UNAVAILABLE = UNKNOWN[Outcome.UNAVAILABLE]
_MALFORMED = UNKNOWN[Outcome.MALFORMED]
_RATE_LIMITED = UNKNOWN[Outcome.RATE_LIMITED]

_STATUSES: Mapping[int, Answer] = MappingProxyType(
    {
        401: _UNAVAILABLE,
        403: _UNAVAILABLE,
        404: _NO_INFORMATION,
        408: _UNAVAILABLE,
        429: _RATE_LIMITED,
    }
)


class Hacienda:
    """Adapter of the tax ministry's register."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        clock: Clock,
        schemes: tuple[str, ...] = ("tax",),
        questions_at_once: int = 16,
        pause: Pause = no_pause,
    ) -> None:
        """There are connections for all calls of `questions_at_once` enterprises: a call that waited for one would pass
        for an outage of the ministry."""
        self.name = name
        self.schemes = schemes
        self._url = url
        self._clock = clock
        self._connections = questions_at_once * MOST_CALLS
        self._pause = pause
        self._skew = SkewWatch(name, clock)
        self._session: aiohttp.ClientSession | None = None

    def knows(self, enterprise: Enterprise) -> bool:
        """True if the ministry can know one of the numbers."""
        return self.calls_for(enterprise) > 0

    def calls_for(self, enterprise: Enterprise) -> int:
        """One for each number that the ministry can know."""
        return sum(identifier.kind in _TYPES for identifier in enterprise.identifiers)

    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        """One finding for each scheme; without an identifier that the ministry knows, it is not asked."""
        known = [identifier for identifier in enterprise.identifiers if identifier.kind in _TYPES]
        if not known:
            answer = _NO_INFORMATION
        elif len(known) == 1:
            answer = await self._ask(known[0], within)
        else:
            answer = await self._ask_all(known, within)
        return to_evidence(self.name, self.schemes, answer, self._clock.now())

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def _ask_all(self, identifiers: Sequence[Identifier], within: float) -> Answer:
        """The worst answer. At once: an enterprise has few numbers, since each is of another kind."""
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._ask(identifier, within)) for identifier in identifiers]
        return worst_of([task.result() for task in asked])

    async def _ask(self, identifier: Identifier, within: float) -> Answer:
        if self._session is None:
            # Not in the constructor: a session belongs to the running loop.
            self._session = new_session(self._connections)
        url = URL(f"{self._url}?identificacion={quote(identifier.value, safe='')}", encoded=True)
        request = self._session.get(url, allow_redirects=False)
        try:
            # The ministry once left a request without an answer for 25 seconds.
            async with asyncio.timeout(within), request as response:
                self._skew.look(response.headers)
                header = response.headers.get("Retry-After")
                if response.status == 200:
                    answer = read_answer(await read_bounded(response, _BODY_CAP), identifier.kind)
                else:
                    # The body of an error may be JSON or HTML and says nothing that the status does not.
                    answer = _by_status(response.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            _log.warning("agency_unreachable", agency=self.name, fault=type(fault).__name__)
            return _UNAVAILABLE
        await self._note(answer, header)
        return answer

    async def _note(self, answer: Answer, header: str | None) -> None:
        if answer is _MALFORMED:
            _log.error("agency_answer_malformed", agency=self.name, alert=True)
        if answer is _RATE_LIMITED:
            seconds = retry_after(header, self._clock.now())
            _log.warning("agency_paused", agency=self.name, seconds=seconds)
            await self._pause(seconds)


def read_answer(body: bytes | None, kind: str) -> Answer:
    """What the body of a 200 says of an identifier of `kind`; None stands for a body that was too long.

    Never raises: whatever is not in the contract is MALFORMED.
    """
    try:
        document = read_json(body or b"")
    except VerificationError:
        return _MALFORMED
    embedded = _embedded_status(document)
    return _read_register(document, kind) if embedded is None else _by_status(embedded)


def _by_status(status: int) -> Answer:
    """The answer that an HTTP status means on its own; a 200 without a register entry is malformed."""
    return _UNAVAILABLE if status >= 500 else _STATUSES.get(status, _MALFORMED)


def _embedded_status(document: dict[str, object]) -> int | None:
    """The status of an error that came inside a 200: the ministry's own form, or a problem body (RFC 9457)."""
    for key in ("code", "status"):
        value = document.get(key)
        if type(value) is int:
            return value
    return None


def _read_register(document: dict[str, object], kind: str) -> Answer:
    """The answer by the words of the register entry. `actividades` and `regimen` mean nothing here."""
    situation = document.get("situacion")
    name = document.get("nombre", "")
    if not isinstance(situation, dict) or not isinstance(name, str) or not is_text(name):
        return _MALFORMED
    held = document.get("tipoIdentificacion")
    if held not in _TYPES.values():
        return _MALFORMED
    if held != _TYPES[kind]:
        # A legal number and a NITE share a length: the register holds this number as another kind, so
        # of what was asked it knows nothing.
        return _NO_INFORMATION
    bars = _bars(situation)
    if bars is None:
        return _MALFORMED
    if not bars:
        return Answer(Outcome.CLEAR, name=name.strip())
    return Answer(bars[0], bars[1:], name=name.strip())


def _bars(situation: dict[str, object]) -> tuple[Outcome, ...] | None:
    """Every bar of `situacion`, the one that counts first; None if a word is not in the tables."""
    state = situation.get("estado")
    word = state.strip().lower() if isinstance(state, str) else ""
    if word not in _STATES:
        return None
    bar = _STATES[word]
    bars = [] if bar is None else [bar]
    for flag, outcome in _FLAGS.items():
        value = situation.get(flag)
        # Answers come with blanks around words; case and accents are exact, so SÍ or N is no answer.
        word = value.strip() if isinstance(value, str) else ""
        if word not in ("SI", "NO"):
            return None
        if word == "SI":
            bars.append(outcome)
    return tuple(bars)
