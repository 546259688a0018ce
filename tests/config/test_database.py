"""Rule: in production nothing goes to the database over a network in plain text."""

from __future__ import annotations

from pathlib import Path

import pytest

from certsvc.config import load
from certsvc.config.database import has_password, may_be_plain
from certsvc.core.errors import ConfigError


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://db/x?sslmode=require",
        "postgresql://u:p@db.example:5432/x?sslmode=verify-ca",
        "postgresql://db/x?sslmode=disable&sslmode=verify-full",
        "postgresql:///x",
        "postgresql://u@/x?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun/x",
        "postgresql://localhost/x",
        "postgresql://u@127.0.0.1:5433/x",
        "postgresql://[::1]:5432/x",
        "postgresql://localhost:1,127.1.2.3:2/x",
    ],
)
def test_tls_or_this_machine_is_safe(dsn: str) -> None:
    assert not may_be_plain(dsn, {})


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://db/x",
        "postgresql://u:p@10.0.0.1/x?sslmode=prefer",
        "postgresql://db/x?sslmode=verify-full&sslmode=disable",
        "postgresql://localhost,db/x",
        "postgresql://u@/x?host=db",
        "postgresql:///x?host=db&host=",
        "postgresql:///x?service=elsewhere",
        "postgresql://localhost.example/x",
        "postgresql://localhost@db/x",
        "postgresql://[2001:db8::1]/x",
        "postgresql://[db/x",
    ],
)
def test_anything_else_is_not(dsn: str) -> None:
    assert may_be_plain(dsn, {})


def test_what_the_driver_takes_from_the_environment_counts() -> None:
    assert may_be_plain("postgresql:///x", {"PGHOST": "db"})
    assert may_be_plain("postgresql:///x", {"PGSERVICE": "elsewhere"})
    assert not may_be_plain("postgresql:///x", {"PGHOST": "/run/postgresql"})
    assert not may_be_plain("postgresql://db/x", {"PGSSLMODE": "verify-full"})
    assert may_be_plain("postgresql://db/x?sslmode=allow", {"PGSSLMODE": "verify-full"})


@pytest.mark.parametrize(
    ("dsn", "holds"),
    [
        ("postgresql://u:p@db/x", True),
        ("postgresql://db/x?user=u&password=p", True),
        ("postgresql://db/x?sslkey=k&sslpassword=p", True),
        ("postgresql://u@db:5432/x", False),
        ("postgresql://db:5432/x?passfile=/run/secrets/pgpass", False),
    ],
)
def test_a_password_is_found_wherever_a_dsn_may_hold_it(dsn: str, holds: bool) -> None:
    assert has_password(dsn) == holds


def test_production_refuses_a_database_in_plain_text_and_does_not_repeat_its_dsn(folder: Path) -> None:
    plain = {"CERTSVC__PROFILE": "production", "CERTSVC__DATABASE__DSN": "postgresql://u:hunter2@db/x"}
    with pytest.raises(ConfigError) as caught:
        load(folder, plain)
    found = [fault for fault in caught.value.faults if fault.startswith("database.dsn")]
    assert len(found) == 1
    assert "sslmode=verify-full" in found[0]
    assert "hunter2" not in found[0]
    with pytest.raises(ConfigError) as caught:
        load(folder, {**plain, "CERTSVC__DATABASE__DSN": "postgresql://u:hunter2@db/x?sslmode=verify-full"})
    assert not [fault for fault in caught.value.faults if fault.startswith("database.dsn")]
