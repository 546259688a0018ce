"""What every adapter does when its agency fails: one finding for each scheme, of an unknown outcome, in time."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from certsvc.agencies.adapter import Adapter
from certsvc.agencies.debtor_list import DebtorList, Limits
from certsvc.agencies.grpc import GrpcAgency
from certsvc.agencies.hacienda import Hacienda
from certsvc.agencies.sandbox import Addresses, Sandbox
from certsvc.agencies.sandbox.scenario import Behaviour
from certsvc.core.model import Enterprise, Identifier
from certsvc.core.outcome import Outcome, Standing
from certsvc.service.identifiers import KINDS
from tests.agencies.kit import NOW, PLENTY, SOON, FixedClock, company, only, outcome

FIRM = company("3101999901")
CLOCK = FixedClock()
LIMITS = Limits(max_bytes=1024 * 1024)


@dataclass(frozen=True)
class Kind:
    """One kind of adapter: where the sandbox has it, and how to build it at an address."""

    agency: str
    address: Callable[[Addresses], str]
    at_port: Callable[[int], str]
    build: Callable[[str], Adapter]


def _debtor_list(layout: str) -> Callable[[str], Adapter]:
    return lambda place: DebtorList(
        "agency", place, layout=layout, schemes=("duty",), kinds=KINDS, clock=CLOCK, limits=LIMITS
    )


KINDS_OF_ADAPTER = {
    "hacienda": Kind(
        "hacienda",
        lambda addresses: addresses.hacienda,
        lambda port: f"http://127.0.0.1:{port}/fe/ae",
        lambda place: Hacienda("agency", place, clock=CLOCK, schemes=("duty",)),
    ),
    "grpc": Kind(
        "ccss",
        lambda addresses: addresses.ccss,
        lambda port: f"127.0.0.1:{port}",
        lambda place: GrpcAgency("agency", place, schemes=("duty",), kinds=KINDS, clock=CLOCK),
    ),
    "ccss_file": Kind(
        "ccss_file",
        lambda addresses: addresses.ccss_file,
        lambda port: f"http://127.0.0.1:{port}/morosidad.csv",
        _debtor_list("ccss"),
    ),
    "fodesaf_file": Kind(
        "fodesaf",
        lambda addresses: addresses.fodesaf,
        lambda port: f"http://127.0.0.1:{port}/patronos-2026-09-30.csv",
        _debtor_list("fodesaf"),
    ),
}

EXPECTED: dict[Behaviour, dict[str, Outcome] | Outcome] = {
    Behaviour.HANG: Outcome.UNAVAILABLE,
    Behaviour.RESET: Outcome.UNAVAILABLE,
    Behaviour.UNAVAILABLE: Outcome.UNAVAILABLE,
    Behaviour.RATE_LIMITED: Outcome.RATE_LIMITED,
    Behaviour.BAD_REQUEST_HTML: Outcome.MALFORMED,
    Behaviour.HUGE_BODY: Outcome.MALFORMED,
    Behaviour.HTML: Outcome.MALFORMED,
    Behaviour.WRONG_TYPE: Outcome.MALFORMED,
    Behaviour.MALFORMED_WORD: Outcome.MALFORMED,
    # A cut message is whole to gRPC, since the cut was made before it was framed.
    Behaviour.HALF_BODY: {"grpc": Outcome.MALFORMED, "": Outcome.UNAVAILABLE},
    Behaviour.EMBEDDED_ERROR: {"hacienda": Outcome.NO_INFORMATION, "": Outcome.MALFORMED},
    # A missing file says nothing of one firm.
    Behaviour.NOT_FOUND: {"hacienda": Outcome.NO_INFORMATION, "grpc": Outcome.NO_INFORMATION, "": Outcome.UNAVAILABLE},
}


@asynccontextmanager
async def opened(kind: Kind, place: str) -> AsyncIterator[Adapter]:
    adapter = kind.build(place)
    try:
        yield adapter
    finally:
        await adapter.close()


@pytest.fixture(params=KINDS_OF_ADAPTER)
def key(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def kind(key: str) -> Kind:
    return KINDS_OF_ADAPTER[key]


async def test_a_good_answer_is_clear_with_our_time(kind: Kind, sandbox: Sandbox) -> None:
    async with opened(kind, kind.address(sandbox.addresses)) as adapter:
        finding = only(await adapter.find(FIRM, PLENTY))
    assert (finding.scheme, finding.agency, finding.outcome) == ("duty", "agency", Outcome.CLEAR)
    assert finding.checked_at == NOW


@pytest.mark.parametrize("behaviour", EXPECTED)
async def test_each_failure_has_its_unknown_outcome(
    key: str, kind: Kind, sandbox: Sandbox, behaviour: Behaviour
) -> None:
    if key.endswith("_file") and behaviour is Behaviour.MALFORMED_WORD:
        behaviour = Behaviour.WRONG_TYPE  # a word of one firm; for files see test_snapshot
    expected = EXPECTED[behaviour]
    sandbox.behave(kind.agency, behaviour)
    with capture_logs() as logged:
        async with opened(kind, kind.address(sandbox.addresses)) as adapter:
            evidence = await adapter.find(FIRM, SOON if behaviour is Behaviour.HANG else PLENTY)
    assert outcome(evidence) is (expected.get(key, expected.get("")) if isinstance(expected, dict) else expected)
    assert evidence.facts == ()
    assert "3101999901" not in repr(logged)
    assert "LUNA" not in repr(logged)


async def test_an_agency_that_nobody_runs_is_unavailable(kind: Kind) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with opened(kind, kind.at_port(unused.getsockname()[1])) as adapter:
            assert outcome(await adapter.find(FIRM, PLENTY)) is Outcome.UNAVAILABLE


Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


def _silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says nothing."""


def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xffSSH-2.0-nothing\r\n\r\n" * 100)
    writer.close()


def _reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    peer: socket.socket = writer.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.parametrize("talk", [_silence, _garbage, _reset])
async def test_a_port_that_speaks_no_protocol_is_unavailable(kind: Kind, talk: Conversation) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        talk(reader, writer)

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with opened(kind, kind.at_port(server.sockets[0].getsockname()[1])) as adapter:
        assert outcome(await adapter.find(FIRM, SOON)) is Outcome.UNAVAILABLE
    server.close()
    for writer in writers:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    await server.wait_closed()


async def test_an_enterprise_without_a_known_kind_is_no_information(kind: Kind, sandbox: Sandbox) -> None:
    stranger = Enterprise((Identifier("xx.other", "3101999901"),))
    async with opened(kind, kind.address(sandbox.addresses)) as adapter:
        assert outcome(await adapter.find(stranger, PLENTY)) is Outcome.NO_INFORMATION


async def test_a_caller_that_leaves_harms_nobody(kind: Kind, sandbox: Sandbox) -> None:
    async with opened(kind, kind.address(sandbox.addresses)) as adapter:
        leaver = asyncio.create_task(adapter.find(FIRM, PLENTY))
        await asyncio.sleep(0)
        leaver.cancel()
        await asyncio.gather(leaver, return_exceptions=True)
        assert outcome(await adapter.find(FIRM, PLENTY)) is Outcome.CLEAR


@pytest.mark.parametrize("asked_live", ["hacienda", "grpc"])  # files: see test_debtor_list
async def test_an_agency_that_is_back_is_heard_again(asked_live: str, sandbox: Sandbox) -> None:
    kind = KINDS_OF_ADAPTER[asked_live]
    async with opened(kind, kind.address(sandbox.addresses)) as adapter:
        sandbox.behave(kind.agency, Behaviour.RESET)
        assert only(await adapter.find(FIRM, PLENTY)).standing is Standing.UNKNOWN
        sandbox.behave(kind.agency, None)
        assert outcome(await adapter.find(FIRM, PLENTY)) is Outcome.CLEAR


async def test_an_adapter_that_was_never_used_can_be_closed_twice(kind: Kind) -> None:
    adapter = kind.build(kind.at_port(9))
    await adapter.close()
    await adapter.close()
