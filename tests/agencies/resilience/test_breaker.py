"""Opens after a run, lets one probe in, never sticks: against a plain model, under any order of events."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from certsvc.agencies.resilience.breaker import Breaker
from certsvc.core.model import Identifier
from certsvc.service.agency_records import BreakerState

OPEN_AFTER, OPEN_SECONDS, PROBE = 3, 10.0, 2.0
A, B, C, D, E = ((Identifier("cr.dimex", f"15580000000{n}"),) for n in range(5))
Numbers = tuple[Identifier, ...]


class Model(RuleBasedStateMachine):
    """What the breaker has to do, said once more: by the list of what happened since it last changed."""

    passes = Bundle("passes")

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker(OPEN_AFTER, OPEN_SECONDS)
        self.now = 0.0
        self.run: list[Numbers] = []
        self.opened_at: float | None = None
        self.valid: set[int] = set()  # passes given since the last change, not yet used up by one
        self.probe: tuple[int, float] | None = None

    @property
    def state(self) -> BreakerState:
        if self.opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.now - self.opened_at < OPEN_SECONDS else BreakerState.HALF_OPEN

    def change(self, opened_at: float | None) -> None:
        self.opened_at, self.probe, self.run, self.valid = opened_at, None, [], set()

    @rule(seconds=st.sampled_from([0.0, 0.5, PROBE, OPEN_SECONDS / 2, OPEN_SECONDS]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=passes)
    def somebody_enters(self) -> object:
        probing = self.probe is not None and self.now < self.probe[1]
        refused = self.state is BreakerState.OPEN or (self.state is BreakerState.HALF_OPEN and probing)
        assert self.breaker.refuses(self.now) is refused
        entered = self.breaker.enter(self.now, PROBE)
        assert (entered is None) is refused
        if entered is None:
            return multiple()
        if self.state is BreakerState.HALF_OPEN:
            self.valid = {entered}
            self.probe = (entered, self.now + PROBE)
        self.valid.add(entered)
        return entered

    @rule(entered=passes)
    def one_succeeds(self, entered: int) -> None:
        closes = entered in self.valid and self.opened_at is not None
        assert self.breaker.succeeded(entered) is closes
        if closes:
            self.change(None)
        elif entered in self.valid:
            self.run = []

    @rule(entered=passes, numbers=st.sampled_from([A, B, C, D, A + B, B + C, D + E, E + A]))
    def one_fails(self, entered: int, numbers: Numbers) -> None:
        counts = entered in self.valid
        another = all(number not in before for before in self.run for number in numbers)
        opens = counts and (self.opened_at is not None or len(self.run) + another == OPEN_AFTER)
        assert self.breaker.failed(entered, numbers, self.now) is opens
        if opens:
            self.change(self.now)
        elif counts and another:
            self.run.append(numbers)

    @rule(entered=passes)
    def one_leaves(self, entered: int) -> None:
        self.breaker.left(entered)
        if self.probe is not None and entered == self.probe[0] and entered in self.valid:
            self.probe, self.valid = None, set()

    @invariant()
    def the_state_is_that_of_the_model(self) -> None:
        assert self.breaker.state(self.now) is self.state

    @invariant()
    def it_is_never_stuck(self) -> None:
        assert not self.breaker.refuses(self.now + OPEN_SECONDS + PROBE)


TestBreaker = Model.TestCase


def opened() -> Breaker:
    breaker = Breaker(OPEN_AFTER, OPEN_SECONDS)
    for numbers in (A, B, C):
        entered = breaker.enter(0.0, PROBE)
        assert entered is not None
        breaker.failed(entered, numbers, 0.0)
    assert breaker.state(0.0) is BreakerState.OPEN
    return breaker


def test_one_enterprise_never_opens_it() -> None:
    breaker = Breaker(OPEN_AFTER, OPEN_SECONDS)
    for _ in range(100):
        entered = breaker.enter(0.0, PROBE)
        assert entered is not None
        assert not breaker.failed(entered, A, 0.0)


def test_one_number_in_many_combinations_never_opens_it_and_takes_no_memory() -> None:
    breaker = Breaker(OPEN_AFTER, OPEN_SECONDS)
    for n in range(100):
        entered = breaker.enter(0.0, PROBE)
        assert entered is not None
        assert not breaker.failed(entered, (Identifier("cr.dimex", f"1559000{n:05}"), *A), 0.0)
    assert len(breaker._numbers) == 2


def test_exactly_one_probe_is_let_in() -> None:
    breaker = opened()
    assert [breaker.enter(OPEN_SECONDS, PROBE) is not None for _ in range(3)] == [True, False, False]


def test_a_probe_that_tells_nothing_frees_its_place_at_once() -> None:
    breaker = opened()
    probe = breaker.enter(OPEN_SECONDS, PROBE)
    assert probe is not None
    breaker.left(probe)
    assert breaker.enter(OPEN_SECONDS, PROBE) is not None


def test_a_probe_that_never_reports_frees_its_place_in_time_and_is_not_heard_later() -> None:
    breaker = opened()
    lost = breaker.enter(OPEN_SECONDS, PROBE)
    assert lost is not None
    assert breaker.refuses(OPEN_SECONDS + PROBE - 0.1)
    assert breaker.enter(OPEN_SECONDS + PROBE, PROBE) is not None
    assert not breaker.succeeded(lost)
    assert not breaker.failed(lost, A, OPEN_SECONDS + PROBE)


def test_a_late_success_from_before_the_outage_does_not_close_it() -> None:
    breaker = Breaker(1, OPEN_SECONDS)
    early, failing = breaker.enter(0.0, PROBE), breaker.enter(0.0, PROBE)
    assert early is not None
    assert failing is not None
    assert breaker.failed(failing, A, 0.0)
    assert not breaker.succeeded(early)
    assert breaker.refuses(1.0)
