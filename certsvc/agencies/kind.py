"""One kind of agency: what its entry in `certsvc.toml` may say, and how its adapter is built from that.

A package brings a kind by naming an `AgencyKind` under the entry point group `certsvc.agencies`; the name of the
entry point is what `kind` says in `[[agencies]]`. The kinds that certsvc brings are named in the same way, in its own
pyproject.toml.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from certsvc.agencies.adapter import Adapter
from certsvc.agencies.filed import NO_FILES, Filed
from certsvc.agencies.quota import Again, Pause, no_limit, no_pause
from certsvc.service.ports import Clock

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Tools:
    """What the service lends every adapter.

    `kinds` are the kinds of identifier that the service knows; an agency is given none but these. `monotonic` counts
    seconds: periods are measured by it, never by the clock, which may be set. `pause` is called where the agency says
    that it wants to be left alone: no process then asks it for so long. `again` is asked before more calls are made for
    a question than the adapter said it takes. `filed` are the files that operators brought.
    """

    clock: Clock
    kinds: tuple[str, ...]
    monotonic: Callable[[], float] = time.monotonic
    pause: Pause = no_pause
    again: Again = no_limit
    filed: Filed = NO_FILES


@dataclass(frozen=True, slots=True)
class AgencyKind(Generic[S]):
    """`settings` is a model that derives from `certsvc.config.AgencySettings`; `build` asks nobody anything yet.

    The adapter has the name and the schemes of the settings.
    """

    settings: type[S]
    build: Callable[[S, Tools], Adapter]
