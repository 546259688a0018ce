"""An agency that implements `certsvc.v1.AgencyService`, the shortest way to join.

Invariants
- An answer counts only if it is complete and within its contract: each scheme that was asked about
  exactly once, known outcomes, possible days. Anything else is MALFORMED for that enterprise alone.
- Silence, a missing scheme or an empty answer is never clear.
- Every call has its own deadline; a deadline in channel options does not work in grpc.aio.
- An agency that has enough and says for how long (RetryInfo) is left alone for so long by all.
- What failed in a shared call is asked again only as far as the quota has room for it.

Answers arrive as bytes and are decoded here, so that a broken one is told from a broken connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import grpc
import structlog
from google.protobuf.message import DecodeError

from certsvc.agencies.adapter import UNKNOWN, Answer, to_evidence
from certsvc.agencies.coalesce import Coalescer, Deliver
from certsvc.agencies.grpc_reading import read_response
from certsvc.agencies.quota import Again, Pause, bounded_pause, no_limit, no_pause
from certsvc.agencies.retry_info import retry_delay
from certsvc.core.model import Enterprise, Evidence
from certsvc.core.outcome import Outcome
from certsvc.service.ports import Clock
from certsvc.v1 import agency_service_pb2 as pb
from certsvc.v1 import enterprise_pb2

_log = structlog.get_logger(__name__)

BATCH_CAP = 500
"""Enterprises in one BatchGetFindings, by its contract."""

_MESSAGE_CAP = 4 * 1024 * 1024
"""Bytes of an answer: a full batch at 8 KiB each."""

_MAX_SPLITS = 32
"""Enough to find three bad ones among 500."""

_SINGLE = "/certsvc.v1.AgencyService/GetFindings"
_BATCH = "/certsvc.v1.AgencyService/BatchGetFindings"

_MALFORMED = UNKNOWN[Outcome.MALFORMED]
_UNAVAILABLE = UNKNOWN[Outcome.UNAVAILABLE]
_RATE_LIMITED = UNKNOWN[Outcome.RATE_LIMITED]

_CODES: Mapping[grpc.StatusCode, Answer] = MappingProxyType(
    {
        grpc.StatusCode.NOT_FOUND: UNKNOWN[Outcome.NO_INFORMATION],
        grpc.StatusCode.RESOURCE_EXHAUSTED: UNKNOWN[Outcome.RATE_LIMITED],
        grpc.StatusCode.INVALID_ARGUMENT: _MALFORMED,
        grpc.StatusCode.FAILED_PRECONDITION: _MALFORMED,
        grpc.StatusCode.OUT_OF_RANGE: _MALFORMED,
        grpc.StatusCode.UNIMPLEMENTED: _MALFORMED,
        grpc.StatusCode.DATA_LOSS: _MALFORMED,
    }
)
"""Status -> what it means for one enterprise; every other status is UNAVAILABLE."""

_WHOLE_AGENCY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.CANCELLED,
    }
)
"""Statuses of a batch that no single enterprise in it can have caused."""

_ALONE_AFTER_TIMEOUT = 32
"""A batch of at most so many that misses its time is asked again, each question alone. A larger one is left
to its applications, so that an agency that is down is not asked for everything twice."""

_SHARE_OF_A_BATCH = 0.5
"""How much of the time such a batch gets before its questions go alone."""

_QUESTIONS_PER_CALL = 16
"""Questions that may be open for each call: enough that those which wait share one."""


@dataclass(frozen=True, slots=True)
class ClientTls:
    """Paths of PEM files for mutual TLS: the agency's root, our key and our certificate."""

    root: Path
    key: Path
    certificate: Path


class GrpcAgency:
    """Adapter of an AgencyService, over one channel.

    `kinds` are the kinds of identifier that the agency may be given; an enterprise without one
    is not asked about. `batch_cap` 1 keeps every enterprise in a call of its own. At most `calls_in_flight`
    calls are open, and `calls_alone` for enterprises that are asked about again, each alone.
    """

    def __init__(
        self,
        name: str,
        target: str,
        *,
        schemes: tuple[str, ...],
        kinds: tuple[str, ...],
        clock: Clock,
        tls: ClientTls | None = None,
        calls_in_flight: int = 16,
        calls_alone: int = _ALONE_AFTER_TIMEOUT,
        batch_cap: int = BATCH_CAP,
        pause: Pause = no_pause,
        again: Again = no_limit,
    ) -> None:
        self.name = name
        self.schemes = schemes
        self._kinds = frozenset(kinds)
        self._clock = clock
        self._pause = pause
        self._again = again
        self._target = target
        self._credentials = read_credentials(tls) if tls else None
        self._coalescer = Coalescer(self._get, self._batch_get, width=calls_in_flight, cap=min(batch_cap, BATCH_CAP))
        self._alone = asyncio.Semaphore(calls_alone)
        self._channel: grpc.aio.Channel | None = None

    @property
    def questions_per_call(self) -> int:
        """Enough to fill shared calls under load."""
        return min(self._coalescer.cap, _QUESTIONS_PER_CALL)

    def knows(self, enterprise: Enterprise) -> bool:
        """True if the agency may be given one of the numbers."""
        return any(identifier.kind in self._kinds for identifier in enterprise.identifiers)

    async def find(self, enterprise: Enterprise, within: float) -> Evidence:
        """One finding for each scheme; under load the question shares its call with others."""
        given = [i for i in enterprise.identifiers if i.kind in self._kinds]
        if not given:
            return self._unknown(UNKNOWN[Outcome.NO_INFORMATION])
        question = pb.GetFindingsRequest(
            identifiers=[enterprise_pb2.Identifier(kind=i.kind, value=i.value) for i in given],
            schemes=self.schemes,
        )
        try:
            return await self._coalescer.ask(question, within)
        except (TimeoutError, ConnectionError) as fault:
            _log.warning("agency_unreachable", agency=self.name, fault=type(fault).__name__)
            return self._unknown(_UNAVAILABLE)

    async def close(self) -> None:
        """Ends shared calls and closes the channel."""
        await self._coalescer.close()
        if self._channel is not None:
            await self._channel.close(None)

    async def _get(self, question: pb.GetFindingsRequest, within: float) -> Evidence:
        try:
            body = await self._call(_SINGLE, question.SerializeToString(), within)
        except grpc.aio.AioRpcError as error:
            return await self._by_code(error)
        try:
            response = pb.GetFindingsResponse.FromString(body)
        except DecodeError:
            return self._malformed("no protobuf message")
        return self._read(response)

    async def _batch_get(
        self, questions: Sequence[pb.GetFindingsRequest], within: float, deliver: Deliver[Evidence]
    ) -> None:
        """Delivers one answer for each question.

        A call that fails as a whole for what may be one enterprise's sake is halved until that one is
        alone, a bounded number of times, so that an outage does not multiply the load. A part for which the quota has
        no room is RATE_LIMITED: whose sake it was is not known, and so it is no failure of the agency's.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        parts = [range(len(questions))]
        splits = 0
        while parts:
            part = parts.pop()
            if splits and not await self._again(len(part)):
                _deliver_all(part, self._unknown(_RATE_LIMITED), deliver)
                continue
            failed = await self._get_part(questions, part, until, deliver)
            if failed is None:
                continue
            if splits == _MAX_SPLITS:
                _deliver_all(part, failed, deliver)
            else:
                splits += 1
                half = len(part) // 2
                parts += [part[half:], part[:half]]
        if splits:
            _log.warning("agency_batch_split", agency=self.name, size=len(questions), splits=splits)

    async def _get_part(
        self, questions: Sequence[pb.GetFindingsRequest], part: range, until: float, deliver: Deliver[Evidence]
    ) -> Evidence | None:
        """Delivers the answers to a part; or gives the one that it failed with as a whole, if splitting may help."""
        within = max(until - asyncio.get_running_loop().time(), 0.0)
        if len(part) == 1:
            deliver(part[0], await self._get(questions[part[0]], within))
            return None
        few = len(part) <= _ALONE_AFTER_TIMEOUT
        together = pb.BatchGetFindingsRequest(requests=[questions[number] for number in part])
        try:
            body = await self._call(_BATCH, together.SerializeToString(), within * (_SHARE_OF_A_BATCH if few else 1))
            responses = pb.BatchGetFindingsResponse.FromString(body).responses
        except grpc.aio.AioRpcError as error:
            if few and error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                await self._get_alone(questions, part, until, deliver)
                return None
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                self._coalescer.cap = 1  # an agency may have no batches: these go one by one, and all after them
                return self._unknown(_MALFORMED)
            failed = await self._by_code(error)
            if error.code() in _WHOLE_AGENCY and not _is_too_long(error):
                _deliver_all(part, failed, deliver)
                return None
            return failed
        except DecodeError:
            return self._malformed("no protobuf message")
        if len(responses) != len(part):
            return self._malformed("not one answer for each question")
        for number, response in zip(part, responses, strict=True):
            deliver(number, self._read(response))
        return None

    async def _get_alone(
        self, questions: Sequence[pb.GetFindingsRequest], part: range, until: float, deliver: Deliver[Evidence]
    ) -> None:
        """Asks each for itself in the time that is left: one of them may have held up the others."""
        loop = asyncio.get_running_loop()

        async def get(number: int) -> None:
            # An agency that hangs must not be given more calls than it is allowed.
            async with self._alone:
                if not await self._again(1):
                    deliver(number, self._unknown(_RATE_LIMITED))
                    return
                deliver(number, await self._get(questions[number], max(until - loop.time(), 0.0)))

        # Leaving the group, however it is left, leaves none of them behind.
        async with asyncio.TaskGroup() as group:
            for number in part:
                group.create_task(get(number))

    async def _call(self, method: str, body: bytes, within: float) -> bytes:
        if self._channel is None:
            # Not in the constructor: a channel belongs to the running loop.
            self._channel = open_channel(self._target, self._credentials, _MESSAGE_CAP)
        call = self._channel.unary_unary(method, None, None)
        answer: bytes = await call(body, timeout=within)
        return answer

    def _read(self, response: pb.GetFindingsResponse) -> Evidence:
        evidence = read_response(response, self.name, self.schemes, self._clock.now())
        return self._malformed("outside the contract") if evidence is None else evidence

    async def _by_code(self, error: grpc.aio.AioRpcError) -> Evidence:
        code = error.code()
        if _is_too_long(error):
            return self._malformed("answer too long")
        answer = _CODES.get(code, _UNAVAILABLE)
        if answer is _MALFORMED:
            return self._malformed(f"status {code.name}")
        # The details are the agency's text and may hold personal data.
        _log.warning("agency_call_failed", agency=self.name, code=code.name)
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED and (delay := retry_delay(error)) is not None:
            seconds = bounded_pause(delay)
            _log.warning("agency_paused", agency=self.name, seconds=seconds)
            await self._pause(seconds)
        return self._unknown(answer)

    def _malformed(self, why: str) -> Evidence:
        _log.error("agency_answer_malformed", agency=self.name, why=why, alert=True)
        return self._unknown(_MALFORMED)

    def _unknown(self, answer: Answer) -> Evidence:
        return to_evidence(self.name, self.schemes, answer, self._clock.now())


def _deliver_all(part: range, answer: Evidence, deliver: Deliver[Evidence]) -> None:
    for number in part:
        deliver(number, answer)


def open_channel(target: str, credentials: grpc.ChannelCredentials | None, cap: int) -> grpc.aio.Channel:
    """A channel to an agency, in plain text without credentials, that takes messages of at most `cap` bytes."""
    options = [
        ("grpc.max_receive_message_length", cap),
        ("grpc.max_reconnect_backoff_ms", 5000),  # an agency that is back is seen soon
        ("grpc.enable_http_proxy", 0),
    ]
    if credentials is None:
        return grpc.aio.insecure_channel(target, options)
    return grpc.aio.secure_channel(target, credentials, options)


def read_credentials(tls: ClientTls) -> grpc.ChannelCredentials:
    """What mutual TLS needs, from the files. Raises OSError."""
    return grpc.ssl_channel_credentials(tls.root.read_bytes(), tls.key.read_bytes(), tls.certificate.read_bytes())


def _is_too_long(error: grpc.aio.AioRpcError) -> bool:
    """True if our own limit on the length of an answer ended the call, which has the same code as a rate limit."""
    return error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in (error.details() or "")
