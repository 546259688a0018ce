"""What one certificate costs, from call to answer, beside what it could cost at least.

    python -m tests.bench.issue [--json] [--smoke] [--rounds N] [--seconds N]

In one run and in turn, each server in its own process and called from another:

    echo       a bare gRPC echo of a kilobyte: what the transport costs
    memory     IssueCertificate with agencies that answer from memory; ratio to echo
    network    IssueCertificate with the agencies of the sandbox; ratio to `agencies`
    agencies   a handler that only asks those agencies
    echo-tls, memory-tls   the same as `echo` and `memory`, by mutual TLS
    commit     one row a commit on the same PostgreSQL, from 16 connections

The server that is measured has a core for itself; callers, agencies and PostgreSQL share the others.
Every issue is new, signed, verified, durable (fsync) and looked at by its caller. The machine is shared with the
caller, so read the CPU of the server per call and its ratio, not calls per second. Medians of the rounds; the ratio is
the median of the ratios round by round. A run with a failed call says so, and ends with status 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import asyncpg
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from certsvc.store.embedded import EmbeddedPostgres
from tests.bench.child import Child
from tests.bench.machine import describe, postgres_cpu, process_cpu

IN_FLIGHT = (1, 8, 64)
CONNECTIONS = 16


class Case(NamedTuple):
    """One way to be called, and the case that it is divided by."""

    name: str
    server: str
    kind: str
    port: str
    yardstick: str
    at_once: tuple[int, ...] = IN_FLIGHT


CASES = (
    Case("echo", "echo", "echo", "plain", "echo"),
    Case("memory", "memory", "issue", "plain", "echo"),
    Case("agencies", "agencies", "echo", "plain", "agencies"),
    Case("network", "network", "issue", "plain", "agencies"),
    Case("echo-tls", "echo", "echo", "tls", "echo-tls", (8,)),
    Case("memory-tls", "memory", "issue", "tls", "echo-tls", (8,)),
)


class Figures(NamedTuple):
    """One case in one round. CPU in microseconds a call; `together` is issues in a commit, 0 where none are made."""

    per_second: float
    p50: float
    p99: float
    server: float
    postgres: float
    together: float
    failed: int = 0
    fault: str = ""


class Bench:
    """The servers, the load and the database, all running."""

    def __init__(self, work: Path, stack: ExitStack) -> None:
        self._work = work
        self._server_cores = _part_cores()
        self._postgres = stack.enter_context(EmbeddedPostgres(work / "database"))
        sandbox = stack.enter_context(self._child("sandbox"))
        agencies = work / "agencies.json"
        agencies.write_text(json.dumps(sandbox.ready))
        asyncio.run(_execute(self._postgres.dsn, "CREATE DATABASE memory", "CREATE DATABASE network", _ONE_ROW))
        self.servers: dict[str, Child] = {}
        first = _configure(work / "configured", agencies)
        for name in ("echo", "memory", "network", "agencies"):
            directory = shutil.copytree(first, work / name)
            dsn = self._postgres.dsn.replace("/postgres?", f"/{name}?")
            self.servers[name] = stack.enter_context(self._child(name, str(directory), dsn))
        self._client_tls = first / "tls"
        self._load = stack.enter_context(Child("tests.bench.load", log=work / "load.log"))

    def measure(self, case: Case, at_once: int, seconds: float) -> Figures:
        """One case in one round."""
        server, postmaster = self.servers[case.server], self._postgres.pid
        assert postmaster is not None
        pid = server.process.pid
        question: dict[str, Any] = {"target": server.ready[case.port], "kind": case.kind}
        if case.port == "tls":
            question["tls"] = str(self._client_tls)
        commits = server.ask()
        cpu, database = process_cpu(pid), postgres_cpu(postmaster)
        answer = self._load.ask(**question, at_once=at_once, seconds=seconds)
        cpu, database = process_cpu(pid) - cpu, postgres_cpu(postmaster) - database
        later = server.ask()
        done = max(1, answer["done"])
        together = 0.0
        if later:
            together = (later["issues"] - commits["issues"]) / max(1, later["commits"] - commits["commits"])
        return Figures(
            per_second=answer["done"] / answer["seconds"],
            p50=answer["p50"],
            p99=answer["p99"],
            server=cpu / done * 1e6,
            postgres=database / done * 1e6,
            together=together,
            failed=answer["failed"],
            fault=answer["fault"],
        )

    def commit(self, at_once: int, seconds: float) -> Figures:
        """One row a commit."""
        assert self._postgres.pid is not None
        database = postgres_cpu(self._postgres.pid)
        latencies, passed = asyncio.run(_commit(self._postgres.dsn, at_once, seconds))
        database = postgres_cpu(self._postgres.pid) - database
        done = len(latencies)
        at = [latencies[done // 2] * 1000, latencies[done * 99 // 100] * 1000]
        return Figures(done / passed, at[0], at[1], 0.0, database / done * 1e6, 1.0)

    def _child(self, kind: str, *arguments: str) -> Child:
        cores = () if kind == "sandbox" else self._server_cores
        return Child("tests.bench.issue_server", kind, *arguments, log=self._work / f"{kind}.log", cores=cores)


def _part_cores() -> tuple[int, ...]:
    """The core for servers; from now on this process and its children use only the others. None if there is one core.

    Processes that take turns on a core empty its caches for each other, which costs a large program more
    than a small one: without this the ratio would be that of the machine's other work.
    """
    first, *others = sorted(os.sched_getaffinity(0))
    if not others:
        return ()
    os.sched_setaffinity(0, others)
    return (first,)


_ONE_ROW = "CREATE TABLE one_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz, body bytea)"


@contextmanager
def bench() -> Iterator[Bench]:
    """Everything started; everything ended and removed again on the way out, whatever the way."""
    work = Path(tempfile.mkdtemp(prefix="cs-bench-"))
    try:
        with ExitStack() as stack:
            yield Bench(work, stack)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def run(rounds: int, seconds: float, in_flight: tuple[int, ...]) -> dict[str, Any]:
    """Every figure of every round, as medians."""
    rows: dict[tuple[str, int], list[Figures]] = {}
    signatures = []
    with bench() as running:
        for case in CASES:  # connects, plans, fills caches
            running.measure(case, 8, min(seconds, 0.5))
        for _ in range(rounds):
            for at_once in in_flight:
                for case in CASES:
                    if at_once in case.at_once:
                        rows.setdefault((case.name, at_once), []).append(running.measure(case, at_once, seconds))
                rows.setdefault(("commit", at_once), []).append(running.commit(at_once, seconds / 2))
            signatures.append(_signature_us(300))
    return {
        **describe(),
        "rounds": rounds,
        "seconds": seconds,
        "signature_us": median(signatures),
        "failed": sum(f.failed for figures in rows.values() for f in figures),
        "faults": sorted({f.fault for figures in rows.values() for f in figures if f.fault})[:5],
        "cases": [_summary(name, at_once, rows) for name, at_once in rows],
    }


def _summary(name: str, at_once: int, rows: dict[tuple[str, int], list[Figures]]) -> dict[str, Any]:
    figures = rows[name, at_once]
    summary: dict[str, Any] = {"case": name, "in_flight": at_once}
    for field in ("per_second", "p50", "p99", "server", "postgres", "together"):
        summary[field] = median(getattr(f, field) for f in figures)
    yardstick = next((case.yardstick for case in CASES if case.name == name), name)
    if yardstick != name:
        against = rows[yardstick, at_once]
        summary["ratio"] = median(f.server / max(y.server, 0.1) for f, y in zip(figures, against, strict=True))
    return summary


def _signature_us(count: int) -> float:
    """CPU microseconds of one bare ES256 signature."""
    key, algorithm = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    begun = time.thread_time()
    for _ in range(count):
        key.sign(b"x" * 700, algorithm)
    return (time.thread_time() - begun) / count * 1e6


async def _execute(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def _commit(dsn: str, at_once: int, seconds: float) -> tuple[list[float], float]:
    latencies: list[float] = []
    async with asyncpg.create_pool(dsn, min_size=min(at_once, CONNECTIONS), max_size=CONNECTIONS) as pool:
        begun = time.perf_counter()

        async def caller() -> None:
            while (start := time.perf_counter()) < begun + seconds:
                await pool.execute("INSERT INTO one_row (at, body) VALUES (now(), $1)", b"x" * 1000)
                latencies.append(time.perf_counter() - start)

        await asyncio.gather(*(caller() for _ in range(at_once)))
        return sorted(latencies), time.perf_counter() - begun


def _configure(directory: Path, agencies: Path) -> Path:
    """A configuration with development keys, as the command line makes it."""
    command = [sys.executable, "-m", "certsvc.cli", "init", str(directory), "--listen", "127.0.0.1:0"]
    command += ["--site-listen", "127.0.0.1:0", "--issuer", "https://certificates.example"]
    subprocess.run([*command, "--sandbox-agencies", str(agencies)], check=True, stdout=subprocess.DEVNULL)
    return directory


def table(results: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [
        results["machine"],
        results["versions"],
        f"medians of {results['rounds']} rounds of {results['seconds']} s; "
        f"a bare ES256 signature takes {results['signature_us']:.0f} us; load {os.getloadavg()[0]:.1f}",
        "",
        f"{'case':11}{'in flight':>10}{'per s':>8}{'p50 ms':>9}{'p99 ms':>9}{'server us':>11}{'ratio':>7}"
        f"{'postgres us':>13}{'per commit':>12}",
    ]
    for row in results["cases"]:
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
        together = f"{row['together']:.1f}" if row["together"] else ""
        server = f"{row['server']:.0f}" if row["server"] else ""
        lines.append(
            f"{row['case']:11}{row['in_flight']:10}{row['per_second']:8.0f}{row['p50']:9.2f}{row['p99']:9.2f}"
            f"{server:>11}{ratio:>7}{row['postgres']:13.0f}{together:>12}"
        )
    if results["failed"]:
        lines += ["", f"FAILED: {results['failed']} calls: " + "; ".join(results["faults"])]
    return "\n".join(lines)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Measure the main job.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--smoke", action="store_true", help="one short round: does everything answer?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="for each case in each round")
    options = parser.parse_args()
    if options.smoke:
        options.rounds, options.seconds = 1, 0.3
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that it too ends what was started
    results = run(options.rounds, options.seconds, IN_FLIGHT)
    print(json.dumps(results, indent=2) if options.json else table(results))
    sys.exit(1 if results["failed"] else 0)


if __name__ == "__main__":
    main()
