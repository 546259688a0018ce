"""Rules: one command gives a folder that runs; nothing half done; nobody else can read its keys."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from certsvc.cli import folder as folder_module
from certsvc.cli.main import run
from certsvc.config import load
from certsvc.core import jose
from certsvc.core.keys import prove_key_set
from certsvc.signing.file import FileSigner


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(["init", str(tmp_path / "new"), "--json"]) == 0
    return tmp_path / "new"


def test_the_root_names_both_signing_keys_in_their_roles(made: Path) -> None:
    settings = load(made, {})
    root = jose.read_json(settings.keys.root.read_bytes())
    key_set = prove_key_set(settings.keys.key_set.read_text(), root, jose.thumbprint(root))
    assert key_set.issuer == "http://127.0.0.1:7080"
    assert (key_set.exp - key_set.iat) // 86_400 == 180
    key_set.certificate_key(FileSigner.load(settings.keys.certificate).kid)
    key_set.status_key(FileSigner.load(settings.keys.status).kid)
    assert FileSigner.load(made / "keys/root.pem").kid == jose.thumbprint(root)


def test_the_pin_that_is_printed_is_the_roots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["init", str(tmp_path / "new"), "--json"])
    printed = json.loads(capsys.readouterr().out)
    root = jose.read_json((tmp_path / "new/root.jwk").read_bytes())
    assert printed["root_thumbprint"] == jose.thumbprint(root)


def test_nobody_else_can_read_anything(made: Path) -> None:
    for path in (made, *made.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize(
    ("stem", "identity"),
    [
        ("programme", "programme/demo"),
        ("operator", "operator/demo"),
        ("approver", "operator/approver"),
        ("auditor", "auditor/demo"),
    ],
)
def test_each_client_certificate_names_its_role_and_belongs_to_the_authority(
    made: Path, stem: str, identity: str
) -> None:
    certificate = x509.load_pem_x509_certificate((made / f"tls/{stem}.pem").read_bytes())
    authority = x509.load_pem_x509_certificate((made / "tls/ca.pem").read_bytes())
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [n.value for n in names] == [f"spiffe://certsvc.localhost/{identity}"]
    ssl.create_default_context().load_cert_chain(made / f"tls/{stem}.pem", made / f"tls/{stem}.key.pem")


def test_the_server_is_known_by_its_local_names(made: Path) -> None:
    certificate = x509.load_pem_x509_certificate((made / "tls/server.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(n.value) for n in names] == ["localhost", "127.0.0.1", "::1"]


def test_two_folders_share_no_key(made: Path, tmp_path: Path) -> None:
    run(["init", str(tmp_path / "other"), "--json"])
    for path in made.rglob("*.pem"):
        assert path.read_bytes() != (tmp_path / "other" / path.relative_to(made)).read_bytes()


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("mine")
    assert run(["init", str(tmp_path)]) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    assert "is not empty" in capsys.readouterr().err


def test_a_second_init_changes_nothing(made: Path) -> None:
    before = {p: p.read_bytes() for p in made.rglob("*") if p.is_file()}
    assert run(["init", str(made)]) == 2
    assert {p: p.read_bytes() for p in made.rglob("*") if p.is_file()} == before


def test_addresses_come_from_a_running_sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ready = tmp_path / "ready.json"
    addresses = {"hacienda": "http://127.0.0.1:1/fe/ae", "ccss": "127.0.0.1:2", "fodesaf": "http://127.0.0.1:1/f.csv"}
    addresses["ins"] = "127.0.0.1:3"
    ready.write_text(json.dumps(addresses | {"ccss_file": "http://127.0.0.1:1/c.csv"}))
    assert run(["init", str(tmp_path / "new"), "--sandbox-agencies", str(ready), "--json"]) == 0
    text = (tmp_path / "new/certsvc.toml").read_text()
    assert all(f'"{address}"' in text for address in addresses.values())
    assert all("sandbox" not in line for line in json.loads(capsys.readouterr().out)["next"])


@pytest.mark.parametrize("content", ["", "[]", "{}", "3"])
def test_a_ready_file_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "ready.json").write_text(content)
    assert run(["init", str(tmp_path / "new"), "--sandbox-agencies", str(tmp_path / "ready.json")]) == 2
    assert not (tmp_path / "new").exists()


def test_a_site_on_a_free_port_needs_an_issuer(tmp_path: Path) -> None:
    arguments = ["init", str(tmp_path / "new"), "--site-listen", "127.0.0.1:0"]
    assert run(arguments) == 2
    assert run([*arguments, "--issuer", "http://localhost:8000"]) == 0
    assert load(tmp_path / "new", {}).service.issuer == "http://localhost:8000"


def test_a_value_that_would_break_the_file_is_refused(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path / "new"), "--issuer", 'http://x"\n[x]']) == 2
    assert not (tmp_path / "new").exists()


class PowerCut(BaseException):
    """Ends a run where a dying process would."""


def test_a_run_that_dies_while_moving_is_completed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "new"
    real, moved = Path.rename, 0

    def rename(self: Path, to: Path) -> Path:
        nonlocal moved
        moved += 1
        if moved == 3:
            raise PowerCut
        return real(self, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        with pytest.raises(PowerCut):
            run(["init", str(target)])
    assert not (target / "certsvc.toml").exists()
    assert run(["init", str(target), "--json"]) == 0
    assert not (target / ".new").exists()
    assert load(target, {}).keys.root == target / "root.jwk"


def test_a_run_that_dies_while_building_leaves_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(path: Path, data: bytes) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(folder_module, "_write", cut)
        with pytest.raises(PowerCut):
            run(["init", str(tmp_path / "new")])
    assert run(["init", str(tmp_path / "new"), "--json"]) == 0


def test_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, written = folder_module._write, 0

    def full(path: Path, data: bytes) -> None:
        nonlocal written
        written += 1
        if written == 4:
            raise OSError(28, "No space left on device", str(path))
        real(path, data)

    monkeypatch.setattr(folder_module, "_write", full)
    assert run(["init", str(tmp_path / "new")]) == 2
    assert not (tmp_path / "new").exists()
    assert "No space left" in capsys.readouterr().err
