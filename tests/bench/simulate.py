"""New rules tried on many holders, beside a bare read of the same rows; and the memory that it takes.

    python -m tests.bench.simulate [holders]

Fills a database with a tenth of the holders, measures, fills it up, and measures again: the memory must be the same.
The holders are made up of a few dozen kinds of evidence, decided by the newest Costa Rican rules; a tenth as many
applications are refused. The rules that are tried lower every cut-off of the size.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from certsvc.core.decision import decide
from certsvc.core.decision.codec import encode_decision
from certsvc.core.evidence import encode_evidence, in_order
from certsvc.core.model import Evidence, Fact, FactName, Result
from certsvc.core.outcome import Outcome
from certsvc.rulesets import load
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.history import PAGE
from certsvc.store.migrate import migrate
from certsvc.store.statements import Statement, statement
from tests.situations import SMALL_FACTS, an_enterprise, clear_findings

HOLDERS = 500_000
REFUSED_SHARE = 10
RULES = load("costa_rica").sets[-1]
NOW = datetime.now(UTC)
BATCH = 50_000

_FILL = """
WITH made AS (
    SELECT gen_random_uuid() AS id, n, kind.*, $4::timestamptz + n * interval '1 microsecond' AS at,
        convert_to('{"v":1,"identifiers":[["cr.cedula_juridica","' || (3100000000 + n) || '"]],'
            || '"name":"","declared":[]}', 'UTF8') AS payload
    FROM generate_series($1::int, $2::int) AS n
    JOIN kind ON kind.state = $3 AND kind.number = n % (SELECT count(*) FROM kind WHERE kind.state = $3)
), applied AS (
    INSERT INTO application (id, caller, request_id, payload_digest, payload, state, decision, evidence,
        evidence_digest, waits_for, created_at, updated_at, attempts, serial)
    SELECT id, 'programme/bench', id::text, sha256(payload), payload, state, decision, evidence,
        sha256(evidence), '{}', at, at, 1, CASE state WHEN 'GRANTED' THEN id::text END
    FROM made
)
INSERT INTO certificate (serial, application_id, caller, token, kid, kind, identifier_kind, identifier_value, name,
    size, issued_at, expires_at, list_number, list_index)
SELECT id::text, id, 'programme/bench', repeat('x', 900), 'kid', 'FULL', 'cr.cedula_juridica',
    (3100000000 + n)::text, 'PANADERIA EJEMPLO', 'SMALL', at, at + interval '90 days', 1, n
FROM made
WHERE state = 'GRANTED'
"""


class Figures(NamedTuple):
    """One run over so many cases: seconds, CPU seconds and peak memory of its process, in MiB."""

    cases: int
    seconds: float
    cpu: float
    peak: float


def kinds() -> Iterator[tuple[str, bytes, bytes]]:
    """State, decision and evidence of every kind of case."""
    on = load("costa_rica").legal_date(NOW)
    findings = clear_findings(on)
    for head_count in range(1, 13):
        for bar in (None, Outcome.BARRED_ARREARS, Outcome.BARRED_MISSING_RETURN):
            found = findings if bar is None else (replace(findings[0], outcome=bar), *findings[1:])
            facts = tuple(f for f in SMALL_FACTS if f.name is not FactName.HEAD_COUNT)
            heads = Fact(FactName.HEAD_COUNT, Decimal(head_count), "ccss", on)
            name = Fact(FactName.NAME, "PANADERIA EJEMPLO UNO SOCIEDAD ANONIMA", "hacienda")
            evidence = in_order(Evidence(found, (*facts, heads, name)))
            decision = decide(an_enterprise(), evidence, RULES, on)
            assert decision.result is (Result.GRANTED if bar is None else Result.REFUSED), decision
            yield decision.result.value, encode_decision(decision), encode_evidence(evidence)


async def prepare(dsn: str) -> None:
    """An empty database that knows the kinds of cases."""
    await migrate(dsn)
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE kind (number int, state text, decision bytea, evidence bytea)")
    counts: dict[str, int] = {}
    for state, decision, evidence in kinds():
        number = counts[state] = counts.get(state, -1) + 1
        await connection.execute("INSERT INTO kind VALUES ($1, $2, $3, $4)", number, state, decision, evidence)
    await connection.execute("INSERT INTO status_list (expires_by, key, capacity) VALUES (now(), $1, 1)", b"k" * 32)
    await connection.close()


async def fill(dsn: str, first: int, last: int) -> None:
    """Adds the holders of these numbers, and a tenth as many refusals."""
    connection = await asyncpg.connect(dsn)
    for begin in range(first, last, BATCH):
        end = min(begin + BATCH, last)
        await connection.execute(_FILL, begin, end - 1, "GRANTED", NOW)
        await connection.execute(_FILL, begin // REFUSED_SHARE, end // REFUSED_SHARE - 1, "REFUSED", NOW)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def simulate(dsn: str, rules: Path) -> tuple[Figures, dict[str, Any]]:
    """The command, in a process of its own."""
    command = [sys.executable, "-m", "certsvc.cli", "rules", "simulate", "--rules", str(rules), "--dsn", dsn, "--json"]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    seconds = time.perf_counter() - begun
    return Figures(said["cases"], seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), said


async def read(dsn: str) -> Figures:
    """Fetches the same rows by the same pages and looks at none."""
    connection = await asyncpg.connect(dsn, server_settings={"plan_cache_mode": "force_custom_plan", "jit": "off"})
    rows, begun, cpu = 0, time.perf_counter(), time.process_time()
    rows += await _pages(connection, statement("holders"), now=NOW)
    rows += await _pages(connection, statement("refusals"), since=NOW - timedelta(days=90))
    figures = Figures(rows, time.perf_counter() - begun, time.process_time() - cpu, 0)
    await connection.close()
    return figures


async def _pages(connection: asyncpg.Connection, query: Statement, **values: object) -> int:
    key: tuple[object, object] = (None, None)
    count = 0
    while True:
        rows = await query.rows(connection, **values, key_time=key[0], key_name=key[1], limit=PAGE)
        count += len(rows)
        if len(rows) < PAGE:
            return count
        key = rows[-1]["key_time"], rows[-1]["key_name"]


def stricter(folder: Path) -> Path:
    """The newest rules with lower cut-offs."""
    text = files("certsvc.rulesets").joinpath("costa_rica", f"{RULES.first}.toml").read_text("utf-8")
    lower = text.replace("MICRO = 10\nSMALL = 35\nMEDIUM = 100\n", "MICRO = 5\nSMALL = 15\nMEDIUM = 20\n")
    assert lower != text
    path = folder / f"{RULES.first}.toml"
    path.write_text(lower, "utf-8")
    return path


def main() -> None:
    """Prints the figures."""
    holders = int(sys.argv[1]) if len(sys.argv) > 1 else HOLDERS
    directory = Path(tempfile.mkdtemp(prefix="cs-bench-"))
    try:
        rules = stricter(directory)
        with EmbeddedPostgres(directory / "database") as server:
            asyncio.run(prepare(server.dsn))
            done = 0
            print("    cases    per s  seconds  CPU us  peak MiB  bare per s  bare CPU us  ratio of CPU")
            for count in (holders // 10, holders):
                asyncio.run(fill(server.dsn, done, count))
                done = count
                bare = asyncio.run(read(server.dsn))
                tried, said = simulate(server.dsn, rules)
                assert tried.cases == bare.cases
                print(
                    f"{tried.cases:9} {tried.cases / tried.seconds:8.0f} {tried.seconds:8.1f} "
                    f"{tried.cpu / tried.cases * 1e6:7.0f} {tried.peak:9.0f} {bare.cases / bare.seconds:11.0f} "
                    f"{bare.cpu / bare.cases * 1e6:12.1f} {tried.cpu / bare.cpu:13.1f}",
                    flush=True,
                )
            for row in said["transitions"]:
                print(f"{row['cases']:9} {row['before']} -> {row['after']}")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
