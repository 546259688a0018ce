"""Whatever an agency tells, it is read as an event or refused by name; a stream goes on past what cannot be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from certsvc.core.errors import AgencyUnknown, InvalidRequest
from certsvc.core.events import AgencyEvent
from certsvc.core.model import Identifier
from certsvc.core.rules.model import Event
from certsvc.service.event_reading import EARLIEST, KINDS, read_event
from certsvc.service.receive_events import MAX_EVENTS, ReceiveEvents
from certsvc.v1 import agency_event_service_pb2 as pb
from tests.agencies.kit import NOW, FixedClock

SCHEMES = {"ccss": ("social_security", "health"), "ins": ("work_injury",)}
NUMBER = "3-101-123456"


def told(**changes: object) -> pb.AgencyEvent:
    """A well-formed event with these fields changed."""
    fields: dict[str, object] = {
        "event_id": "2026/4711",
        "kind": pb.AgencyEvent.KIND_PAYMENT,
        "scheme": "social_security",
        "identifier": {"kind": "cr.cedula_juridica", "value": NUMBER},
        "occur_time": NOW,
    }
    return pb.AgencyEvent(**{**fields, **changes})  # type: ignore[arg-type]  # the names and types of the message


def read(event: pb.AgencyEvent) -> AgencyEvent:
    return read_event(event, "ccss", SCHEMES["ccss"], NOW, "events[7]")


def faults_of(event: pb.AgencyEvent) -> list[str]:
    with pytest.raises(InvalidRequest) as refused:
        read(event)
    assert NUMBER not in str(refused.value.violations)
    return [field for field, _ in refused.value.violations]


def test_a_good_event_is_read_and_normalised() -> None:
    at = datetime(2026, 10, 1, 8, 0, 0, 123456, tzinfo=UTC)
    event = read(told(kind=pb.AgencyEvent.KIND_ARRANGEMENT_BROKEN, occur_time=at))
    number = Identifier("cr.cedula_juridica", "3101123456")
    assert event == AgencyEvent("ccss", "2026/4711", Event.ARRANGEMENT_BROKEN, "social_security", number, at, NOW)


def test_kinds_are_those_of_the_contract() -> None:
    names = {f"KIND_{kind.name}": number for number, kind in KINDS.items()}
    assert {"KIND_UNSPECIFIED": 0, **names} == dict(pb.AgencyEvent.Kind.items())
    assert set(KINDS.values()) == set(Event)


def test_all_faults_of_an_event_are_named_at_once() -> None:
    assert faults_of(pb.AgencyEvent()) == [
        "events[7].event_id",
        "events[7].kind",
        "events[7].scheme",
        "events[7].identifier.kind",
        "events[7].occur_time",
    ]


@pytest.mark.parametrize("event_id", ["", "x" * 129, "a\n", "a\x7f", "ñ", "a\x00", "٣"])
def test_an_id_is_short_printable_ascii(event_id: str) -> None:
    assert faults_of(told(event_id=event_id)) == ["events[7].event_id"]


@pytest.mark.parametrize("event_id", ["x" * 128, " ", "~", "2026/4711 (b)"])
def test_an_id_may_be_any_short_printable_ascii(event_id: str) -> None:
    assert read(told(event_id=event_id)).id == event_id


@pytest.mark.parametrize("kind", [0, 4, -1, 2**31 - 1])
def test_a_kind_that_is_not_known_is_refused(kind: int) -> None:
    assert faults_of(told(kind=kind)) == ["events[7].kind"]


@pytest.mark.parametrize("scheme", ["", "work_injury", "tax", "Social_security", "social_security "])
def test_an_agency_reports_on_its_own_schemes_alone(scheme: str) -> None:
    assert faults_of(told(scheme=scheme)) == ["events[7].scheme"]


@pytest.mark.parametrize(
    ("identifier", "fault"),
    [
        ({"kind": "cr.nothing", "value": NUMBER}, "kind"),
        ({"kind": "cr.cedula_juridica", "value": "9-101-123456"}, "value"),
        ({"kind": "cr.cedula_juridica", "value": "3" * 5000}, "value"),
        ({"kind": "cr.cedula_juridica"}, "value"),
    ],
)
def test_a_number_has_its_kind_and_form(identifier: dict[str, str], fault: str) -> None:
    assert faults_of(told(identifier=identifier)) == [f"events[7].identifier.{fault}"]


A_DAY_AHEAD = NOW + timedelta(days=1)


@pytest.mark.parametrize("at", [EARLIEST, NOW, A_DAY_AHEAD])
def test_an_event_happened_since_2000_and_at_most_a_day_ahead(at: datetime) -> None:
    assert read(told(occur_time=at)).occurred_at == at


@pytest.mark.parametrize(
    "at",
    [
        Timestamp(),
        Timestamp(seconds=int(EARLIEST.timestamp()) - 1, nanos=999_999_999),
        Timestamp(seconds=int(A_DAY_AHEAD.timestamp()), nanos=1000),
        Timestamp(seconds=int(A_DAY_AHEAD.timestamp()) + 1),
        Timestamp(seconds=int(NOW.timestamp()), nanos=1_000_000_000),
        Timestamp(seconds=int(NOW.timestamp()), nanos=-1),
        Timestamp(seconds=2**63 - 1),
        Timestamp(seconds=-(2**63)),
    ],
)
def test_another_time_is_refused(at: Timestamp) -> None:
    assert faults_of(told(occur_time=at)) == ["events[7].occur_time"]


@st.composite
def any_events(draw: st.DrawFn) -> pb.AgencyEvent:
    """Any content that a message can have, near to good and far from it."""
    whole, texts = st.integers(-(2**63), 2**63 - 1), st.text(st.characters(exclude_categories=["Cs"]))
    near = st.integers(int(EARLIEST.timestamp()) - 5, int(A_DAY_AHEAD.timestamp()) + 5)
    return pb.AgencyEvent(
        event_id=draw(texts | st.just("e-1")),
        kind=draw(st.integers(-(2**31), 2**31 - 1) | st.sampled_from([1, 2, 3])),  # type: ignore[arg-type]
        scheme=draw(texts | st.just("social_security")),
        identifier={
            "kind": draw(texts | st.just("cr.cedula_juridica")),
            "value": draw(texts | st.from_regex(r"\A[0-9 -]{0,40}\Z")),
        },
        occur_time={"seconds": draw(whole | near), "nanos": draw(st.integers(-(2**31), 2**31 - 1) | st.just(0))},
    )


def read_or_refuse(event: pb.AgencyEvent) -> None:
    made: AgencyEvent | None = None
    faults: tuple[tuple[str, str], ...] = ()
    try:
        made = read(event)
    except InvalidRequest as refused:
        faults = tuple(refused.violations)
    if made is None:
        assert faults
        assert all(field.startswith("events[7].") and why for field, why in faults)
    else:
        assert (made.agency, made.received_at) == ("ccss", NOW)
        assert EARLIEST <= made.occurred_at <= A_DAY_AHEAD


@given(any_events())
@example(told())
def test_any_content_is_read_or_refused(event: pb.AgencyEvent) -> None:
    read_or_refuse(event)


@given(st.binary())
@example(told().SerializeToString())
@example(told().SerializeToString()[:-3])
def test_any_bytes_that_are_a_message_are_read_or_refused(body: bytes) -> None:
    try:
        event = pb.AgencyEvent.FromString(body)
    except DecodeError:
        return
    read_or_refuse(event)


class Book:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], tuple[str, str] | None]] = []

    async def receive(self, events: Sequence[AgencyEvent], cursor: tuple[str, str] | None = None) -> int:
        self.received.append(([event.id for event in events], cursor))
        return len(events)

    async def lease(self, agency: str, seconds: float) -> str | None:
        raise AssertionError("not of this use case")

    async def release(self, agency: str) -> None:
        raise AssertionError("not of this use case")


def use_case(book: Book) -> ReceiveEvents:
    return ReceiveEvents(book=book, schemes=SCHEMES, clock=FixedClock())


async def test_a_report_is_recorded_whole() -> None:
    book = Book()
    assert await use_case(book)("ccss", [told(), told(event_id="2", scheme="health")]) == 2
    assert book.received == [(["2026/4711", "2"], None)]


async def test_a_report_with_a_fault_is_not_recorded_at_all_and_every_fault_is_named() -> None:
    book = Book()
    with pytest.raises(InvalidRequest) as refused:
        await use_case(book)("ccss", [told(), told(scheme="tax", kind=0), told(event_id="2"), told(event_id="")])
    fields = [field for field, _ in refused.value.violations]
    assert fields == ["events[1].kind", "events[1].scheme", "events[3].event_id"]
    assert not book.received


@pytest.mark.parametrize("count", [0, MAX_EVENTS + 1])
async def test_a_report_has_one_event_at_least_and_500_at_most(count: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await use_case(Book())("ccss", [told()] * count)
    assert [field for field, _ in refused.value.violations] == ["events"]


@pytest.mark.parametrize("make", [lambda: [told()], list])
async def test_an_agency_that_is_not_configured_reports_nothing(make: Callable[[], list[pb.AgencyEvent]]) -> None:
    book = Book()
    with pytest.raises(AgencyUnknown):
        await use_case(book)("hacienda", make())
    assert not book.received


async def test_a_stream_goes_on_past_an_event_that_cannot_be_read_and_people_are_told() -> None:
    book = Book()
    events = [told(event_id="1"), told(identifier={"kind": "cr.cedula_juridica", "value": "3101"}), told(event_id="3")]
    with capture_logs() as logs:
        assert await use_case(book).followed("ccss", events, "c-9") == 1
    assert book.received == [(["1", "3"], ("ccss", "c-9"))]
    (line,) = logs
    assert (line["agency"], line["count"], line["alert"]) == ("ccss", 1, True)
    assert line["fields"] == ["events[1].identifier.value"]
    assert "3101" not in str(logs)


async def test_however_many_cannot_be_read_few_are_shown_and_others_have_their_turn_meanwhile() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    with capture_logs() as logs:
        told_of = [told(event_id="1"), *(pb.AgencyEvent() for _ in range(MAX_EVENTS - 1))]
        assert await use_case(Book()).followed("ccss", told_of, "c-9") == MAX_EVENTS - 1
    beside.cancel()
    (line,) = logs
    assert (line["count"], len(line["fields"])) == (MAX_EVENTS - 1, 5 * 5)
    assert line["fields"][0] == "events[1].event_id"
    assert turns >= MAX_EVENTS // 100


async def test_what_is_followed_without_a_cursor_is_recorded_without_one() -> None:
    book = Book()
    assert await use_case(book).followed("ins", [told(scheme="work_injury")], "") == 0
    assert book.received == [(["2026/4711"], None)]
