"""What is true of each enterprise at each agency, and in what weather the agency says it; all drawn from a seed.

This is the reference: it knows the truth and the weather at every moment, and nothing of how anything is decided.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from certsvc.core.events import AgencyEvent
from certsvc.core.model import Enterprise, Identifier
from certsvc.core.outcome import Standing
from certsvc.core.rules.model import Event

AGENCIES = {
    "hacienda": "tax",
    "ccss": "social_security",
    "fodesaf": "family_allowances",
    "ins": "work_injury",
}
HARD = ("hacienda", "ccss", "fodesaf")
"""The agencies whose bar refuses."""

LIAR = "hacienda"


class Sky(Enum):
    """How an agency behaves for a while."""

    FAIR = "fair"
    DOWN = "down"
    BUSY = "busy"
    GARBAGE = "garbage"
    FLAKY = "flaky"
    LIES = "lies"
    """It says the opposite of what is true, of everybody."""


@dataclass(frozen=True)
class Spell:
    """Bad weather at one agency."""

    agency: str
    sky: Sky
    begin: datetime
    end: datetime


@dataclass
class World:
    """Enterprises, the days on which their standing turns, and the weather, from `begin` to `begin + length`."""

    seed: int
    begin: datetime
    length: timedelta
    enterprises: int
    turns: dict[tuple[str, int], list[datetime]] = field(default_factory=dict)
    barred_at_first: set[tuple[str, int]] = field(default_factory=set)
    spells: list[Spell] = field(default_factory=list)
    reported: list[AgencyEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)
        for firm in range(self.enterprises):
            for agency in HARD:
                self._draw_truth(draw, agency, firm)
        for agency in AGENCIES:
            self._draw_weather(draw, agency)
        lies_from = self.begin + self.length * 0.5
        # The liar is well otherwise on those days, so that it is its word alone that is doubted.
        until = lies_from + timedelta(hours=30)
        self.spells = [
            s for s in self.spells if s.agency != LIAR or s.end < lies_from - timedelta(days=2) or s.begin > until
        ]
        self.spells.append(Spell(LIAR, Sky.LIES, lies_from, until))

    def sky(self, agency: str, at: datetime) -> Sky:
        """The weather at the agency."""
        return next((s.sky for s in self.spells if s.agency == agency and s.begin <= at < s.end), Sky.FAIR)

    def truth(self, agency: str, firm: int, at: datetime) -> Standing:
        """How the enterprise stands in truth."""
        turned = bisect_right(self.turns.get((agency, firm), []), at) % 2 == 1
        barred = ((agency, firm) in self.barred_at_first) != turned
        return Standing.BARRED if barred else Standing.CLEAR

    def says(self, agency: str, firm: int, at: datetime) -> Standing:
        """What the agency says if it answers at all."""
        true = self.truth(agency, firm, at)
        if self.sky(agency, at) is not Sky.LIES:
            return true
        return Standing.CLEAR if true is Standing.BARRED else Standing.BARRED

    def said_before_lying(self, firm: int, standing: Standing) -> bool:
        """Whether the liar may have said so of the enterprise before it began to lie."""
        begin = next(spell.begin for spell in self.spells if spell.sky is Sky.LIES)
        moments = [self.begin, *(at for at in self.turns[LIAR, firm] if at < begin)]
        return any(self.truth(LIAR, firm, at) is standing for at in moments)

    def _draw_truth(self, draw: random.Random, agency: str, firm: int) -> None:
        if draw.random() < 0.12:
            self.barred_at_first.add((agency, firm))
        count = draw.choice((0, 0, 0, 0, 1, 1, 2))
        days = sorted(self.begin + self.length * draw.random() for _ in range(count))
        self.turns[agency, firm] = days
        for number, at in enumerate(days):
            # Some turns are reported, some twice, some late, and so out of order.
            for copy in range(draw.choice((0, 0, 1, 2))):
                late = timedelta(seconds=draw.choice((1, 30, 7200, 90_000)))
                barred = self.truth(agency, firm, at) is Standing.BARRED
                self.reported.append(
                    AgencyEvent(
                        agency=agency,
                        id=f"{firm}-{number}",
                        kind=Event.ARREARS if barred else Event.PAYMENT,
                        scheme=AGENCIES[agency],
                        identifier=identifier(firm),
                        occurred_at=at,
                        received_at=at + late * (copy + 1),
                    )
                )

    def _draw_weather(self, draw: random.Random, agency: str) -> None:
        at = self.begin + timedelta(hours=30)
        while at < self.begin + self.length:
            at += timedelta(hours=draw.expovariate(1 / 30))
            sky = draw.choice((Sky.DOWN, Sky.DOWN, Sky.BUSY, Sky.GARBAGE, Sky.FLAKY))
            # Who is asked to wait a little comes again soon: such a spell is short, or nothing else would be done.
            hours = draw.choice((1, 3)) if sky is Sky.BUSY else draw.choice((1, 4, 12, 60))
            end = min(at + timedelta(hours=hours), self.begin + self.length)
            self.spells.append(Spell(agency, sky, at, end))
            at = end


def identifier(firm: int) -> Identifier:
    """The number of an enterprise."""
    return Identifier("cr.cedula_juridica", f"3101{firm:06}")


def enterprise(firm: int, *, both: bool = False) -> Enterprise:
    """The enterprise, by one of its numbers or by both."""
    second = (Identifier("cr.nite", f"3120{firm:06}"),) if both else ()
    return Enterprise((identifier(firm), *second))


def firm_of(named: Enterprise) -> int:
    """Which of the enterprises it is."""
    return int(named.identifier.value[4:])
