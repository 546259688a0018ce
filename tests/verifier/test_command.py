"""The verifying command: exit codes, texts, JSON, trust stores; it never crashes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certsvc.core import certificate, keys
from certsvc.verifier.command import run
from certsvc.verifier.texts import LANGUAGES
from tests.trust_kit import DAY, ISSUER, NOW, MemorySigner, TrustKit

KIT = TrustKit()
TOKEN = KIT.certificate()
REVOKED = KIT.certificate(status_index=8)
SUSPENDED = KIT.certificate(status_index=9)
EXPIRED = KIT.certificate(expires_at=NOW)
UNKNOWN = KIT.certificate(status_uri="urn:absent")


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def call(*argv: str, stdin: bytes = b"", now: int = NOW) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    code = run(argv, io.BytesIO(stdin), out, err, now)
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bundle") / "bundle.json"
    path.write_bytes(KIT.bundle(lists=[KIT.status_list({8: 1, 9: 2})]))
    return str(path)


def given_trust(bundle: str) -> list[str]:
    return ["--root", KIT.pin, "--bundle", bundle]


@pytest.mark.parametrize(
    ("tokens", "code"),
    [
        ([TOKEN], 0),
        ([TOKEN + "~"], 0),
        ([REVOKED], 1),
        ([SUSPENDED], 1),
        ([EXPIRED], 1),
        ([UNKNOWN], 3),
        (["x"], 4),
        ([TOKEN, REVOKED], 1),
        ([UNKNOWN, REVOKED, TOKEN], 3),
        (["x", UNKNOWN, TOKEN, REVOKED], 4),
    ],
    ids=["valid", "tilde", "revoked", "suspended", "expired", "unknown", "invalid", "worst 1", "worst 3", "worst 4"],
)
def test_the_exit_code_is_that_of_the_worst_verdict(bundle: str, tokens: Sequence[str], code: int) -> None:
    assert call(*given_trust(bundle), *tokens).code == code


def test_the_text_for_people_shows_what_is_certified_and_as_of_when(bundle: str) -> None:
    ran = call(*given_trust(bundle), "--lang", "en", TOKEN)
    assert ran == Ran(
        0,
        "VALID: genuine and in force.\n"
        "  Name: Compañía Panificadora Ñandú del Este, S. A.\n"
        "  Identifier: 3101123456 (cr.cedula_juridica)\n"
        "  Kind: full\n"
        "  Size: micro\n"
        "  Number: 7KQH-2M4P-9XWT-3C5D\n"
        "  Issued: 2026-11-04T12:00:00Z\n"
        "  Expires: 2027-02-02T12:00:00Z\n"
        "  Clear up to: tax 2026-10-31, social_security 2026-10-31\n"
        "  Status as of: 2026-11-05T11:00:00Z\n",
        "",
    )


PROVISIONAL = KIT.certificate(
    kind="PROVISIONAL",
    unchecked=(("family_allowances", "fodesaf"), ("levy", "north"), ("levy", "south")),
    effects=(("legal_persons_tax_exemption", "2027-01-01"), ("credit", "2026-11-04")),
)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "es",
            (
                "  Sin comprobar: family_allowances (fodesaf), levy (north, south)\n",
                "  Vale para, desde: legal_persons_tax_exemption 2027-01-01, credit 2026-11-04\n",
            ),
        ),
        (
            "en",
            (
                "  Not checked: family_allowances (fodesaf), levy (north, south)\n",
                "  Counts for, from: legal_persons_tax_exemption 2027-01-01, credit 2026-11-04\n",
            ),
        ),
    ],
)
def test_what_is_unchecked_and_what_is_opened_are_shown(bundle: str, language: str, lines: tuple[str, str]) -> None:
    ran = call(*given_trust(bundle), "--lang", language, PROVISIONAL)
    assert ran.code == 0
    assert "".join(lines) in ran.out


def test_json_always_has_what_is_unchecked_and_what_is_opened(bundle: str) -> None:
    bare, provisional = (
        line["certificate"] for line in call(*given_trust(bundle), "--json", TOKEN, PROVISIONAL).lines()
    )
    assert (bare["unchecked"], bare["effects"]) == ({}, {})
    assert provisional["unchecked"] == {"family_allowances": ["fodesaf"], "levy": ["north", "south"]}
    assert provisional["effects"] == {"legal_persons_tax_exemption": "2027-01-01", "credit": "2026-11-04"}


def test_spanish_is_the_language_of_texts_unless_another_is_asked_for(bundle: str) -> None:
    assert call(*given_trust(bundle), TOKEN).out.startswith("VÁLIDO: auténtico y vigente.\n  Nombre: Compañía")
    assert call(*given_trust(bundle), "x").out.startswith("INVÁLIDO: no lo acepte.\n  Motivo: ")


def test_json_is_one_object_a_line_with_the_standing_of_the_bundle(bundle: str) -> None:
    first, second = call(*given_trust(bundle), "--json", TOKEN, "x").lines()
    assert (first["number"], first["status"], first["bundle"]) == (1, "VALID", {"status": "accepted", "reason": ""})
    assert first["certificate"]["serial"] == "7KQH-2M4P-9XWT-3C5D"
    assert first["status_as_of"] == "2026-11-05T11:00:00Z"
    assert (second["number"], second["status"], second["reason"]) == (2, "INVALID", "not_three_parts")
    assert "certificate" not in second


def test_tokens_come_from_a_file_or_from_standard_input(bundle: str, tmp_path: Path) -> None:
    text = f"{TOKEN}\r\n\n  {REVOKED}  \nx".encode()
    path = tmp_path / "tokens"
    path.write_bytes(text)
    from_file = call(*given_trust(bundle), "--json", "--file", str(path))
    from_input = call(*given_trust(bundle), "--json", stdin=text)
    assert from_file == from_input
    assert [line["status"] for line in from_file.lines()] == ["VALID", "REVOKED", "INVALID"]
    assert call(*given_trust(bundle), "--file", str(path)).out.count("\n2. REVOCADO") == 1


def test_a_token_of_the_longest_length_is_read_whole_and_a_longer_line_is_one_token(bundle: str) -> None:
    longest = b"A" * certificate.CAP
    ran = call(*given_trust(bundle), "--json", stdin=longest + b"\r\n" + b"A" * 100_000 + b"\n" + TOKEN.encode())
    reasons = [line["reason"] for line in ran.lines()]
    assert reasons == ["not_three_parts", "too_large", ""]


@pytest.mark.parametrize("blanks", [b" ", b"\t", b" \r"], ids=repr)
def test_what_follows_a_token_and_many_blanks_is_not_cut_off(bundle: str, blanks: bytes) -> None:
    """The line below is longer than any token, though its beginning is a good one."""
    for rest in (b"JUNK\n", b"JUNK", b"\n"):
        ran = call(*given_trust(bundle), "--json", stdin=TOKEN.encode() + blanks * certificate.CAP + rest)
        assert [line["reason"] for line in ran.lines()] == ["too_large"]
        assert ran.code == 4


@pytest.mark.parametrize("foreign", [b"\xa0", b"\x85", b"\x1c", b"\x0b", b"\x0c", b"\xc2\xa0"], ids=repr)
def test_only_the_blanks_of_ascii_text_are_taken_off(bundle: str, foreign: bytes) -> None:
    assert call(*given_trust(bundle), stdin=TOKEN.encode() + foreign + b"\n").code == 4
    assert call(*given_trust(bundle), stdin=b" \t" + TOKEN.encode() + b" \t\r\n").code == 0


class Unreadable(io.BytesIO):
    def readline(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_standard_input_that_cannot_be_read_is_an_error_of_the_call(bundle: str) -> None:
    err = io.StringIO()
    assert run(given_trust(bundle), Unreadable(), io.StringIO(), err, NOW) == 2
    assert err.getvalue() == "certsvc verify: standard input: Input/output error\n"


def test_the_moment_can_be_given(bundle: str) -> None:
    assert call(*given_trust(bundle), "--at", "2027-02-02T06:00:00-06:00", TOKEN).code == 1
    assert call(*given_trust(bundle), "--at", "2026-11-05T12:00:00Z", TOKEN, now=0).code == 0


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--root", KIT.pin],
        ["--bundle", "b"],
        ["--root", "short", "--bundle", "b"],
        ["--root", KIT.pin, "--bundle", "/does/not/exist"],
        ["--root", KIT.pin, "--bundle", "/"],
        ["--root", KIT.pin, "--bundle", "a\0b"],
        ["--root", KIT.pin, "--trust-store", "/does/not/exist"],
        ["--unknown"],
        ["--lang", "fr"],
        ["--js"],
        ["--at", "yesterday"],
        ["--at", "2026-11-05"],
        ["--at", "2026-11-05T12:00:00"],
    ],
    ids=lambda argv: " ".join(argv).replace(KIT.pin, "PIN").replace("\0", "NUL") or "nothing",
)
def test_a_call_that_cannot_be_used_is_told_apart_from_every_verdict(argv: list[str]) -> None:
    ran = call(*argv, stdin=TOKEN.encode())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("certsvc verify: ")


def test_no_certificate_and_no_file_of_certificates_are_errors_of_the_call(bundle: str) -> None:
    assert call(*given_trust(bundle)).code == 2
    assert call(*given_trust(bundle), "--file", "/does/not/exist").code == 2
    assert call(*given_trust(bundle), "--file", "a\0b").code == 2


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_goes_to_the_given_stream(word: str) -> None:
    ran = call(word)
    assert (ran.code, ran.err) == (0, "")
    assert "--trust-store" in ran.out


@pytest.mark.parametrize("word", ["--help", "-h", "-hh", "--help=x"])
def test_a_token_that_asks_for_help_does_not_get_the_code_of_valid(bundle: str, word: str) -> None:
    for argv in ([word], [TOKEN, word], [word, TOKEN], ["--json", word]):
        ran = call(*given_trust(bundle), *argv)
        assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize("word", ["--help", "-h", "--", "--json", "--at=2026-11-05T12:00:00Z"])
def test_behind_two_dashes_everything_is_a_token(bundle: str, word: str) -> None:
    ran = call(*given_trust(bundle), "--json", "--", TOKEN, word)
    assert [line["status"] for line in ran.lines()] == ["VALID", "INVALID"]
    assert ran.code == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_bundle_without_earlier_trust_makes_everything_unknown(tmp_path: Path, language: str) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(TrustKit().bundle())
    ran = call("--root", KIT.pin, "--bundle", str(path), "--json", "--lang", language, TOKEN, "x")
    assert ran.code == 3
    assert [line["status"] for line in ran.lines()] == ["UNKNOWN", "UNKNOWN"]
    assert ran.lines()[0]["bundle"] == {"status": "refused", "reason": "root_not_pinned"}
    assert "root_not_pinned" in ran.err


def test_a_trust_store_needs_no_bundle_after_the_first(bundle: str, tmp_path: Path) -> None:
    store = ["--trust-store", str(tmp_path / "trust")]
    assert call(*store, TOKEN).code == 2
    assert call(*store, *given_trust(bundle), TOKEN).code == 0
    ran = call(*store, "--json", TOKEN)
    assert (ran.code, ran.lines()[0]["bundle"]["status"]) == (0, "not_given")
    assert call(*store, "--root", KIT.pin, TOKEN).code == 0
    assert call(*store, "--root", KIT.next_root.kid, TOKEN).code == 2


def test_a_rollback_is_reported_and_the_earlier_trust_stays(bundle: str, tmp_path: Path) -> None:
    store = ["--trust-store", str(tmp_path / "trust")]
    old = tmp_path / "old.json"
    old.write_bytes(KIT.bundle(lists=[KIT.status_list(version=4, issued_at=NOW - DAY)]))
    call(*store, *given_trust(bundle), TOKEN)
    before = (tmp_path / "trust").read_bytes()
    ran = call(*store, "--bundle", str(old), "--json", "--lang", "en", REVOKED)
    assert (ran.code, ran.lines()[0]["bundle"]) == (1, {"status": "refused", "reason": "status_list_rollback"})
    assert "older" in ran.err
    assert (tmp_path / "trust").read_bytes() == before


def test_a_store_that_moved_to_its_next_root_still_answers_to_the_first(bundle: str, tmp_path: Path) -> None:
    store = ["--trust-store", str(tmp_path / "trust")]
    moved = tmp_path / "moved.json"
    moved.write_bytes(KIT.bundle(root=KIT.next_root, keys_token=KIT.key_set_token(root=KIT.next_root, ver=4), lists=[]))
    call(*store, *given_trust(bundle), TOKEN)
    assert call(*store, "--bundle", str(moved), TOKEN).code == 0
    for root in (KIT.pin, KIT.next_root.kid):
        assert call(*store, "--root", root, TOKEN).code == 0


def test_a_damaged_store_verifies_nothing(bundle: str, tmp_path: Path) -> None:
    path = tmp_path / "trust"
    path.write_bytes(b"damaged")
    ran = call("--trust-store", str(path), *given_trust(bundle), TOKEN)
    assert (ran.code, ran.out) == (2, "")
    assert path.read_bytes() == b"damaged"


def test_characters_that_command_a_terminal_are_not_printed(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(KIT.bundle())
    ran = call(*given_trust(str(path)), KIT.certificate(name="A\x1b[2J\u202eB\nC"))
    assert ran.code == 0
    assert "A\ufffd[2J\ufffdB\ufffdC" in ran.out


def test_a_stream_without_accents_still_gets_every_line(bundle: str) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    assert run([*given_trust(bundle), TOKEN], io.BytesIO(), out, io.StringIO(), NOW) == 0
    out.flush()
    assert b"V\\xc1LIDO" in raw.getvalue()
    assert b"3101123456" in raw.getvalue()


@given(st.binary(max_size=300))
def test_any_input_gives_a_verdict_for_each_line(bundle: str, data: bytes) -> None:
    """Invariant tested: the command never crashes, whatever the tokens."""
    ran = call(*given_trust(bundle), "--json", stdin=data)
    assert ran.code in (2, 4)
    assert all(line["status"] == "INVALID" for line in ran.lines())


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_as_bundle_is_refused_and_nothing_is_verified(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(data)
    assert call("--root", KIT.pin, "--bundle", str(path), TOKEN).code == 3
    assert call("--trust-store", str(path), TOKEN).code == 2


@given(
    st.lists(
        st.text(max_size=12) | st.sampled_from(["--root", "--json", "--at", "--lang", "-h", "--", "--file"]), max_size=6
    )
)
def test_any_arguments_give_an_exit_code(argv: list[str]) -> None:
    assert call(*argv).code in (0, 2)


def test_the_module_runs_as_a_program(bundle: str) -> None:
    command = [sys.executable, "-m", "certsvc.verifier", *given_trust(bundle), "--json", "--at", "2026-11-05T12:00:00Z"]
    ran = subprocess.run(command, input=f"{TOKEN}\n", capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["status"] == "VALID"


def test_a_reader_that_leaves_gets_no_traceback(bundle: str) -> None:
    tokens = (f"{TOKEN}\n" * 2000).encode()
    command = [sys.executable, "-m", "certsvc.verifier", *given_trust(bundle), "--json", "--at", "2026-11-05T12:00:00Z"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        try:
            process.stdin.write(tokens)
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 2


def test_many_keys_and_lists_are_read(tmp_path: Path) -> None:
    entries = [MemorySigner().entry(keys.CERTIFICATE) for _ in range(40)]
    lists = [KIT.status_list(uri=f"{ISSUER}/status/{n}") for n in range(1, 30)]
    path = tmp_path / "bundle.json"
    path.write_bytes(KIT.bundle(keys_token=KIT.key_set_token(keys=[*entries, *KIT.entries()]), lists=lists))
    assert call(*given_trust(str(path)), TOKEN).code == 0
