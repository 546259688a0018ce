"""Rules: every fault is reported at once; nothing unknown is ignored; the environment goes over the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from certsvc.config import Address, load
from certsvc.core.errors import ConfigError

Edit = Callable[[str, str], None]
NO_ENVIRONMENT: dict[str, str] = {}


def faults(folder: Path, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, environment or NO_ENVIRONMENT)
    return caught.value.faults


def test_what_init_writes_loads_and_relative_paths_start_at_its_folder(folder: Path) -> None:
    settings = load(folder, NO_ENVIRONMENT)
    assert settings.service.listen == Address("127.0.0.1", 7443)
    assert settings.tls.key == folder / "tls/server.key.pem"
    assert settings.site.directory == folder / "site"
    assert [agency.name for agency in settings.agencies] == ["hacienda", "ccss", "fodesaf", "ins"]
    assert settings.status_lists.lifetime.days == 7


def test_the_template_states_the_defaults_so_that_a_left_out_key_changes_nothing(folder: Path) -> None:
    before = load(folder, NO_ENVIRONMENT)
    text = (folder / "certsvc.toml").read_text()
    start, end = text.index("[pending]"), text.index("[log]")
    (folder / "certsvc.toml").write_text(text[:start] + text[end:])
    after = load(folder, NO_ENVIRONMENT)
    assert (after.pending, after.status_lists) == (before.pending, before.status_lists)


def test_faults_of_shape_and_of_relation_are_reported_together(folder: Path, edit: Edit) -> None:
    edit("resign_hours = 6", "resign_hours = 200")
    edit("first_retry_seconds = 30", "first_retry_seconds = 7200")
    edit("pool = 10", 'pool = "many"')
    edit('listen = "127.0.0.1:7443"', 'lisen = "127.0.0.1:7443"')
    edit('root = "root.jwk"', 'root = "rot.jwk"')
    edit('layout = "fodesaf"', 'layout = "excel"')
    edit('issuer = "http://127.0.0.1:7080"\n', "")
    found = faults(folder)
    for key in (
        "status_lists.resign_hours: 200",
        "pending.first_retry_seconds: 7200",
        'database.pool: "many"',
        "service.lisen: is not known; did you mean service.listen?",
        "names a file that does not exist",
        'agencies["fodesaf"].layout: "excel"',
        "service.issuer: is missing; write for example",
    ):
        assert any(key in fault for fault in found), (key, found)
    assert len(found) == 7


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('listen = "127.0.0.1:7443"', 'listen = "7443"', "is not HOST:PORT"),
        ('listen = "127.0.0.1:7443"', 'listen = "localhost:99999"', "is not HOST:PORT"),
        ('listen = "127.0.0.1:7443"', 'listen = "127.0.0.1:7080"', "is service.listen as well"),
        ("lifetime_days = 7", "lifetime_days = true", "is not a number"),
        ("lifetime_days = 7", "lifetime_days = 0", "greater than 0"),
        ("ttl_hours = 12", "ttl_hours = 169", "write at most 168"),
        ("last_retry_seconds = 3600", "last_retry_seconds = nan", "last_retry_seconds: nan: "),
        ("expire_after_days = 30", "expire_after_days = 1\nlast_retry_seconds_x = 1", "is not known"),
        ('name = "ccss"', 'name = "hacienda"', "is used 2 times"),
        ('name = "ccss"', 'name = "declared"', 'agencies["declared"].name: stands for what callers declare themselves'),
        ('kind = "debtor_list"', 'kind = "soap"', "write one of: hacienda, debtor_list, grpc"),
        (
            'address = "127.0.0.1:7091"',
            'address = "127.0.0.1:7091"\ncertificate = "root.jwk"',
            "write all three or none",
        ),
        ('schemes = ["tax"]\n', 'schemes = ["tax"]\npath = "x"\n', "is not known"),
        ('layout = "fodesaf"', 'layout = "fodesaf"\npath = "x.csv"', "exactly one of url and path"),
        ("least_firms = 5\n", "", 'agencies["fodesaf"].least_firms: is missing, and absent = "clear" needs it'),
        ("least_firms = 5", "least_firms = 0", 'agencies["fodesaf"].least_firms: 0'),
        ("call_budget_seconds = 5.0", "call_budget_seconds = 4.0", "is not below service.call_budget_seconds (4)"),
        ('profile = "development"', 'profile = "prod"', "profile: "),
        ('profile = "development"', 'profil = "development"', "did you mean profile?"),
        ("[log]", "[logs]", "did you mean log?"),
        ('issuer = "http://127.0.0.1:7080"', 'issuer = "ftp://x"', "is not an http or https address"),
        ('listen = "127.0.0.1:7080"', 'listen = "127.0.0.1:7080"\nkey = "tls/server.key.pem"', "write both or neither"),
    ],
)
def test_each_fault_names_its_key_and_what_to_write(folder: Path, edit: Edit, old: str, new: str, fault: str) -> None:
    edit(old, new)
    assert any(fault in found for found in faults(folder)), faults(folder)


def test_a_private_key_that_everyone_can_read_is_refused(folder: Path) -> None:
    (folder / "keys/status.pem").chmod(0o604)
    assert [f for f in faults(folder) if f.startswith("keys.status: ") and "chmod o=" in f]


def test_a_password_in_a_dsn_is_never_repeated(folder: Path) -> None:
    said = "\n".join(faults(folder, {"CERTSVC__DATABASE__DSN": "mysql://user:hunter2@db/x"}))
    assert "database.dsn" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "dsn", ["postgresql://user:hunter2@db/x", "postgresql://db/x?password=hunter2", "postgresql://user:hunter2@[db/x"]
)
def test_a_password_in_a_file_that_everyone_can_read_is_refused(folder: Path, edit: Edit, dsn: str) -> None:
    edit('directory = "database"', f'dsn = "{dsn}"')
    (folder / "certsvc.toml").chmod(0o644)
    for environment in ({}, {"CERTSVC__DATABASE__DSN": "postgresql://db/x"}):
        found = faults(folder, environment)
        assert [fault.split(":")[0] for fault in found] == ["database.dsn"]
        assert "chmod o=" in found[0]
        assert "hunter2" not in found[0]
    (folder / "certsvc.toml").chmod(0o640)
    assert load(folder, NO_ENVIRONMENT).database.dsn == dsn


def test_a_file_without_a_password_may_be_read_by_everyone(folder: Path, edit: Edit) -> None:
    edit('directory = "database"', 'dsn = "postgresql://user@db/x?sslmode=require"')
    (folder / "certsvc.toml").chmod(0o644)
    load(folder, {"CERTSVC__DATABASE__DSN": "postgresql://user:hunter2@db/x"})


def test_what_a_user_wrote_is_not_taken_for_a_template(folder: Path, edit: Edit) -> None:
    edit('certificate = "keys/certificate.pem"', 'certificate = "keys/{why}.pem"')
    assert any("keys.certificate" in fault for fault in faults(folder))


def test_the_environment_goes_over_the_file(folder: Path) -> None:
    settings = load(
        folder,
        {
            "CERTSVC__DATABASE__DSN": "postgresql://db/certsvc",
            "CERTSVC__PENDING__EXPIRE_AFTER_DAYS": "9",
            "CERTSVC_SERVICE_HOST": "10.0.0.1",  # what Kubernetes sets for a service named certsvc
        },
    )
    assert settings.database.dsn == "postgresql://db/certsvc"
    assert settings.pending.expire_after_days == 9


def test_a_variable_that_names_no_setting_is_a_fault(folder: Path) -> None:
    found = faults(folder, {"CERTSVC__DATABASE__DNS": "postgresql://db/certsvc"})
    assert found == ["CERTSVC__DATABASE__DNS: is not known; did you mean CERTSVC__DATABASE__DSN?"]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    assert "certsvc init" in faults(tmp_path)[0]


@pytest.mark.parametrize("content", [b"a = ", b"\xff\xfe", b"x" * 1_000_001])
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "certsvc.toml").write_bytes(content)
    assert len(faults(tmp_path)) == 1


@pytest.mark.parametrize("text", ["agencies = 3", "agencies = [3]", "service = 3", "tls = []"])
def test_a_part_of_the_wrong_shape_is_a_fault_and_no_crash(tmp_path: Path, text: str) -> None:
    (tmp_path / "certsvc.toml").write_text(text)
    assert any(fault.startswith(text.split(" ")[0]) for fault in faults(tmp_path))
    assert faults(tmp_path, {"CERTSVC__SERVICE__LISTEN": "x"})
