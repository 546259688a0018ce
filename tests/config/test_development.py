"""Rule: the production profile refuses whatever only suits a try-out, each by its own mark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certsvc.cli.development import signing_files
from certsvc.config import load
from certsvc.config.development import KEY_COMMENT
from certsvc.core import jose
from certsvc.core.errors import ConfigError
from certsvc.core.keys import read_key_set
from tests.jose_oracles import assert_oracles_agree

PRODUCTION = {"CERTSVC__PROFILE": "production"}
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def refusals(folder: Path, environment: dict[str, str] = PRODUCTION) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, environment)
    return caught.value.faults


def test_production_refuses_everything_that_init_made(folder: Path) -> None:
    keys = [fault.split(": ")[0] for fault in refusals(folder)]
    assert sorted(keys) == sorted(
        [
            "database.dsn",
            "service.issuer",
            "site.listen",
            'agencies["hacienda"].sandbox',
            'agencies["hacienda"].url',
            'agencies["ccss"].sandbox',
            'agencies["ccss"].authorities',
            'agencies["fodesaf"].sandbox',
            'agencies["fodesaf"].url',
            'agencies["ins"].sandbox',
            'agencies["ins"].authorities',
            "keys.certificate",
            "keys.status",
            "keys.key_set",
            "tls.certificate",
            "tls.client_authorities",
        ]
    )


def test_the_mark_of_a_key_set_stands_under_the_roots_signature(folder: Path) -> None:
    root = jose.read_json((folder / "root.jwk").read_bytes())
    token = (folder / "keys.jwt").read_text()
    header, payload, signature = token.split(".")
    claims = jose.read_json(jose.b64url_decode(payload))
    assert claims.pop("development") is True
    without = ".".join([header, jose.b64url_encode(jose.write_json(claims)), signature])
    at = int(datetime.now(UTC).timestamp())
    read_key_set(token, root, jose.thumbprint(root), at)
    with pytest.raises(Exception, match="bad_signature"):
        read_key_set(without, root, jose.thumbprint(root), at)


def test_a_development_key_in_another_key_set_is_still_refused(folder: Path) -> None:
    (folder / "keys.jwt").write_text("x.e30.y")
    assert not [fault for fault in refusals(folder) if fault.startswith("keys.key_set")]
    assert [fault for fault in refusals(folder) if fault.startswith("keys.certificate")]


def test_production_accepts_what_bears_no_mark(folder: Path, edit: Callable[[str, str], None]) -> None:
    for name in ("keys/certificate.pem", "keys/status.pem"):
        path = folder / name
        path.write_bytes(path.read_bytes().replace(KEY_COMMENT, b""))
    (folder / "keys.jwt").write_text("x.e30.y")
    for name in ("tls/server.pem", "tls/ca.pem"):
        (folder / name).write_text("")
    text = (folder / "certsvc.toml").read_text()
    text = text[: text.index("# The agencies.")].replace('listen = "127.0.0.1:7080"', "")
    (folder / "certsvc.toml").write_text(text)
    edit('issuer = "http://127.0.0.1:7080"', 'issuer = "https://certificates.example.go.cr"')
    assert (
        load(folder, {**PRODUCTION, "CERTSVC__DATABASE__DSN": "postgresql://db/x?sslmode=verify-full"}).profile
        == "production"
    )


def test_other_jose_libraries_verify_the_key_set_under_the_root() -> None:
    files = signing_files("https://certificates.example.go.cr", NOW)
    root = jose.read_json(files.by_path["root.jwk"])
    assert jose.thumbprint(root) == files.root_thumbprint
    assert_oracles_agree(files.by_path["keys.jwt"].decode(), root)
