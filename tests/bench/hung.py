"""What one hung agency costs those who do not need it.

    python -m tests.bench.hung [--json] [--smoke] [--rounds N] [--seconds N] [--rate N]

Half of the load needs the agency, half is of a kind that it does not know. Both come at a steady rate, whatever becomes
of earlier ones. In turn the agency answers (`healthy`) or does not say a byte (`hung`), from the first question to the
last: the round begins with a closed breaker, and every probe hangs too.

    panel    all agencies asked by `Panel`, in one process
    issue    IssueCertificate over gRPC, signed and recorded

The ratio is the median of the ratios round by round. A run in which anybody did not hear within his deadline, or heard
what he should not, says so, and ends with status 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from certsvc.store.embedded import EmbeddedPostgres
from tests.bench.child import Child
from tests.bench.hung_parts import WITHIN
from tests.bench.issue import _configure, _execute, _part_cores
from tests.bench.machine import describe

RECOVER = 3.0
"""Seconds of load between rounds, in which the agency is found to be back."""

EXPECTED = {
    ("panel", "healthy", "company"): {"NO_INFORMATION"},
    ("panel", "healthy", "person"): {"CLEAR"},
    ("panel", "hung", "company"): {"NO_INFORMATION"},
    ("panel", "hung", "person"): {"UNAVAILABLE"},
    ("issue", "healthy", "company"): {"GRANTED"},
    ("issue", "healthy", "person"): {"GRANTED"},
    ("issue", "hung", "company"): {"GRANTED"},
    ("issue", "hung", "person"): {"PENDING"},
}

Key = tuple[str, str, str]
Measure = Callable[[float], dict[str, Any]]


class Figures:
    """Latencies in milliseconds and what was heard, by level, state of the agency and half of the load."""

    def __init__(self) -> None:
        self.rounds: dict[Key, list[list[float]]] = {}
        self.heard: dict[Key, Counter[str]] = {}

    def add(self, level: str, state: str, answer: dict[str, Any]) -> None:
        """One round."""
        for half, latencies in answer["latencies"].items():
            key = (level, state, half)
            self.rounds.setdefault(key, []).append(sorted(1000 * seconds for seconds in latencies))
            self.heard.setdefault(key, Counter()).update(answer["heard"][half])

    def at(self, key: Key, share: float) -> float:
        """The latency that this share of all rounds together did not exceed."""
        return _at(sorted(ms for latencies in self.rounds[key] for ms in latencies), share)

    def ratio(self, level: str, half: str, share: float) -> float:
        """How much longer it takes while the agency hangs."""
        pairs = zip(self.rounds[level, "hung", half], self.rounds[level, "healthy", half], strict=True)
        return median(_at(hung, share) / _at(healthy, share) for hung, healthy in pairs)

    def faults(self) -> list[str]:
        """What was heard that should not have been, and who heard too late."""
        wrong = [
            f"{' '.join(key)}: {count} {word}"
            for key, heard in self.heard.items()
            for word, count in heard.items()
            if word not in EXPECTED[key]
        ]
        late = [
            f"{' '.join(key)}: too late"
            for key, rounds in self.rounds.items()
            if any(latencies[-1] > 1000 * WITHIN for latencies in rounds)
        ]
        return wrong + late


def _at(latencies: list[float], share: float) -> float:
    return latencies[min(int(len(latencies) * share), len(latencies) - 1)]


def run(rounds: int, seconds: float, rates: dict[str, float]) -> dict[str, Any]:
    """Every figure. Everything that is started is ended again, whatever the way out."""
    work = Path(tempfile.mkdtemp(prefix="cs-bench-"))
    figures = Figures()
    try:
        with ExitStack() as stack:
            cores = _part_cores()
            postgres = stack.enter_context(EmbeddedPostgres(work / "database"))
            asyncio.run(_execute(postgres.dsn, "CREATE DATABASE hung"))
            sandbox = stack.enter_context(Child("tests.bench.hung_parts", "sandbox", log=work / "sandbox.log"))
            addresses = work / "agencies.json"
            addresses.write_text(json.dumps(sandbox.ready))
            folder = str(_configure(work / "configured", addresses))
            dsn = postgres.dsn.replace("/postgres?", "/hung?")

            def part(kind: str, *arguments: str) -> Child:
                pinned = () if kind == "load" else cores
                child = Child("tests.bench.hung_parts", kind, *arguments, log=work / f"{kind}.log", cores=pinned)
                return stack.enter_context(child)

            panel, issue, load = part("panel", folder), part("issue", folder, dsn), part("load")
            target = issue.ready["plain"]
            levels: dict[str, Measure] = {
                "panel": lambda s: panel.ask(rate=rates["panel"], seconds=s),
                "issue": lambda s: load.ask(target=target, rate=rates["issue"], seconds=s),
            }
            for measure in levels.values():
                measure(RECOVER)  # connects, plans, fetches the file
            for number in range(rounds):
                for level, measure in levels.items():
                    # In turn, so that neither always follows the other.
                    for state in ("healthy", "hung") if number % 2 == 0 else ("hung", "healthy"):
                        sandbox.ask(hangs=state == "hung")
                        figures.add(level, state, measure(seconds))
                        sandbox.ask(hangs=False)
                        if state == "hung":
                            measure(RECOVER)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return {
        **describe(),
        "rounds": rounds,
        "seconds": seconds,
        "load": os.getloadavg()[0],
        "faults": figures.faults(),
        "cases": [
            {
                "level": level,
                "half": half,
                "rate": rates[level],
                "heard": {state: dict(figures.heard[level, state, half]) for state in ("healthy", "hung")},
                **{
                    f"p{name}": {
                        "healthy": figures.at((level, "healthy", half), share),
                        "hung": figures.at((level, "hung", half), share),
                        "ratio": figures.ratio(level, half, share),
                    }
                    for name, share in (("50", 0.5), ("99", 0.99), ("100", 1.0))
                },
            }
            for level in levels
            for half in ("company", "person")
        ],
    }


def table(results: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [
        results["machine"],
        results["versions"],
        f"{results['rounds']} rounds of {results['seconds']} s; load {results['load']:.1f}",
        "",
        f"{'level':7}{'needs it':>9}{'per s':>7}"
        + "".join(f"{name:>13}{'hung':>9}{'ratio':>7}" for name in ("p50 ms", "p99 ms", "most ms")),
    ]
    for row in results["cases"]:
        figures = "".join(
            f"{row[name]['healthy']:13.2f}{row[name]['hung']:9.2f}{row[name]['ratio']:7.2f}"
            for name in ("p50", "p99", "p100")
        )
        lines.append(f"{row['level']:7}{'yes' if row['half'] == 'person' else 'no':>9}{row['rate']:7.0f}{figures}")
    lines.append("")
    for row in results["cases"]:
        heard = "; ".join(
            f"{state}: " + ", ".join(f"{count} {word}" for word, count in counts.items())
            for state, counts in row["heard"].items()
        )
        lines.append(f"{row['level']}, {'need it' if row['half'] == 'person' else 'do not need it'}: {heard}")
    if results["faults"]:
        lines += ["", "FAILED: " + "; ".join(results["faults"])]
    return "\n".join(lines)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Measure what one hung agency costs the others.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="one short round: does everybody hear what he should?")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=14.0, help="for each state in each round")
    parser.add_argument("--rate", type=float, default=1.0, help="times 80 a second at the panel, 24 for issues")
    options = parser.parse_args()
    if options.smoke:
        options.rounds, options.seconds = 1, 3.0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that it too ends what was started
    results = run(options.rounds, options.seconds, {"panel": 80 * options.rate, "issue": 24 * options.rate})
    print(json.dumps(results, indent=2) if options.json else table(results))
    sys.exit(1 if results["faults"] else 0)


if __name__ == "__main__":
    main()
