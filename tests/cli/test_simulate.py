"""Rules: nothing is altered, nobody is named, and what a version would change is said with samples to look at."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from certsvc.cli.main import run
from certsvc.core.decision import decide
from certsvc.core.evidence import in_order
from certsvc.core.model import ApplicationState, Enterprise, Evidence, Identifier
from certsvc.core.outcome import Outcome
from certsvc.rulesets import load
from certsvc.service.records import Application, CertificateRecord, Request, StatusIndex
from certsvc.store.embedded import EmbeddedPostgres, existing
from certsvc.store.migrate import migrate
from certsvc.store.postgres import PostgresStore
from tests.cli.conftest import Ran
from tests.situations import SMALL_FACTS, clear_findings

NEWEST = load("costa_rica").sets[-1]
FILE = f"costa_rica/{NEWEST.first}"
VALUE = "3101777001"
NAME = "PANADERIA SECRETA"


def an_application(*, barred: bool) -> Application:
    """An application of today by the newest rules, granted or refused."""
    now = datetime.now(UTC)
    on = load("costa_rica").legal_date(now)
    enterprise = Enterprise((Identifier("cr.cedula_juridica", VALUE),), NAME)
    findings = clear_findings(on)
    if barred:
        findings = (replace(findings[0], outcome=Outcome.BARRED_ARREARS), *findings[1:])
    evidence = in_order(Evidence(findings, SMALL_FACTS))
    decision = decide(enterprise, evidence, NEWEST, on)
    state = ApplicationState(decision.result.value)
    request = Request("programme/test", str(uuid4()), b"d" * 32, enterprise)
    return Application(str(uuid4()), request, state, decision, evidence, now, now)


async def _fill(dsn: str) -> list[str]:
    store = await PostgresStore.connect(dsn)
    ids = []
    for barred in (False, False, True):
        application = an_application(barred=barred)
        if not barred:
            expires = application.created_at + timedelta(days=90)
            place = await store.lease_place(expires)
            application = replace(application, certificate=_certificate(application, expires, place))
        ids.append((await store.record(application)).id)
    await store.close()
    return ids


def _certificate(application: Application, expires: datetime, place: StatusIndex) -> CertificateRecord:
    decision = application.decision
    assert decision.kind is not None
    return CertificateRecord(
        serial=uuid4().hex,
        token="e30.e30.AAAA",
        kid="kid",
        kind=decision.kind,
        identifier=application.request.enterprise.identifier,
        name=NAME,
        size=decision.size,
        issued_at=application.created_at,
        expires_at=expires,
        place=place,
    )


@pytest.fixture
def filled(database: str) -> tuple[str, list[str]]:
    """A database with two holders and a refusal, and the ids of their applications."""
    return database, asyncio.run(_fill(database))


@pytest.fixture
def simulate(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the command in English."""

    def call(*arguments: str) -> Ran:
        status = run(["--lang", "en", "rules", "simulate", *arguments])
        out, err = capfd.readouterr()
        return Ran(status, out, err)

    return call


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """The newest rules, with cut-offs that six people in services exceed."""
    text = files("certsvc.rulesets").joinpath("costa_rica", f"{NEWEST.first}.toml").read_text("utf-8")
    cut_offs = "SMALL = 35\nMEDIUM = 100\n"
    assert cut_offs in text
    folder = tmp_path / "costa_rica"
    folder.mkdir()
    (folder / f"{NEWEST.first}.toml").write_text(text.replace(cut_offs, "SMALL = 11\nMEDIUM = 11.5\n"), "utf-8")
    return folder


Filled = tuple[str, list[str]]


def test_the_rules_that_decided_change_nothing(filled: Filled, simulate: Callable[..., Ran]) -> None:
    ran = simulate("--rules", FILE, "--dsn", filled[0])
    assert ran.status == 0
    assert ran.err == ""
    assert "Certificates held: 2. Refusals since" in ran.out
    assert "0 of 3 cases change" in ran.out


def test_a_change_is_shown_with_its_number_reasons_and_samples(
    filled: Filled, simulate: Callable[..., Ran], stricter: Path
) -> None:
    ran = simulate("--rules", str(stricter), "--dsn", filled[0], "--json")
    data = ran.data
    assert (data["holders"], data["refusals"], data["cases"], data["changed"]) == (2, 1, 3, 2)
    lost = data["transitions"][0]
    assert (lost["before"], lost["after"], lost["cases"]) == ("GRANTED FULL SMALL", "REFUSED", 2)
    assert sorted(lost["samples"]) == sorted(filled[1][:2])
    assert {"reason": "SIZE_ABOVE_LIMIT", "cases": 3} in data["reasons_gained"]
    assert data["rule_set"].startswith(f"costa_rica/{NEWEST.first}#")


def test_nobody_is_named(filled: Filled, simulate: Callable[..., Ran], stricter: Path) -> None:
    for form in ((), ("--json",)):
        ran = simulate("--rules", str(stricter), "--dsn", filled[0], *form)
        assert VALUE not in ran.out + ran.err
        assert NAME not in ran.out + ran.err
        assert filled[1][0] in ran.out


def test_nothing_is_altered(filled: Filled, simulate: Callable[..., Ran], stricter: Path) -> None:
    async def state() -> list[object]:
        connection = await asyncpg.connect(filled[0])
        tables = ("application", "certificate", "status_event", "audit_leaf", "status_list", "rule_set")
        found = [await connection.fetch(f"SELECT t::text FROM {table} t ORDER BY 1") for table in tables]
        await connection.close()
        return list(found)

    before = asyncio.run(state())
    simulate("--rules", str(stricter), "--dsn", filled[0])
    assert asyncio.run(state()) == before


def test_it_speaks_spanish_as_well(filled: Filled, simulate: Callable[..., Ran]) -> None:
    assert "No se modificó nada" in simulate("--rules", FILE, "--dsn", filled[0], "--lang", "es").out


def test_on_a_terminal_a_bar_is_drawn_beside_the_answer(filled: Filled) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "certsvc.cli", "--lang", "en", "rules", "simulate"]
    ran = subprocess.run(
        [*command, "--rules", FILE, "--dsn", filled[0], "--json"], stdout=subprocess.PIPE, stderr=theirs, timeout=60
    )
    os.close(theirs)
    drawn = b""
    while chunk := _read(ours):
        drawn += chunk
    os.close(ours)
    assert ran.returncode == 0, drawn
    assert json.loads(ran.stdout)["cases"] == 3
    assert b"Cases" in drawn


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so at the end
        return b""


@pytest.mark.parametrize("since", ["90", "0d", "-1d", "d", "99999d", "90 d"])
def test_a_malformed_period_is_wrong_usage(simulate: Callable[..., Ran], since: str) -> None:
    ran = simulate("--rules", FILE, "--dsn", "postgresql://x", "--since", since)
    assert ran.status == 2
    assert "write 90d" in ran.err


def test_without_a_database_it_says_how_to_name_one(simulate: Callable[..., Ran]) -> None:
    ran = simulate("--rules", FILE)
    assert ran.status == 2
    assert "--config" in ran.err


def test_faults_of_the_rules_are_said_before_the_database_is_touched(
    simulate: Callable[..., Ran], tmp_path: Path
) -> None:
    file = tmp_path / "2026-01-01.toml"
    file.write_text("format = 9\n")
    ran = simulate("--rules", str(file), "--dsn", "postgresql://127.0.0.1:1/x")
    assert ran.status == 2
    assert "2026-01-01.toml" in ran.err


def test_a_database_that_is_away_is_try_again(simulate: Callable[..., Ran]) -> None:
    ran = simulate("--rules", FILE, "--dsn", "postgresql://certsvc@127.0.0.1:1/x")
    assert ran.status == 3
    assert "cannot connect" in ran.err


def test_the_embedded_database_of_a_configuration_is_used_running_or_not(tmp_short: Path) -> None:
    directory = tmp_short / "database"
    with EmbeddedPostgres(directory) as server:
        asyncio.run(migrate(server.dsn))
        with existing(directory) as dsn:
            assert dsn == server.dsn
            asyncio.run(_fill(dsn))
        assert server.pid is not None, "who found it running leaves it running"
    with existing(directory) as dsn:
        assert len(asyncio.run(_ids(dsn))) == 3


async def _ids(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT id FROM application")
    await connection.close()
    return [str(row["id"]) for row in rows]


def test_the_database_is_found_through_the_configuration(
    folder: Path, simulate: Callable[..., Ran], filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_yet = simulate("--rules", FILE, "--config", str(folder))
    assert nothing_yet.status == 2
    assert "holds no database yet" in nothing_yet.err
    monkeypatch.setenv("CERTSVC__DATABASE__DSN", filled[0])
    assert simulate("--rules", FILE, "--config", str(folder)).status == 0
