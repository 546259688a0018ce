"""The verifying command, shared by `python -m certsvc.verifier` and `certsvc verify`.

Exit codes: 0 VALID; 1 REVOKED, SUSPENDED or EXPIRED; 2 the call or a file cannot be used, so nothing was
verified; 3 UNKNOWN; 4 INVALID. Of many tokens the worst counts: INVALID, UNKNOWN, REVOKED and its like, VALID.
Help exits 0 too, but only a call of `--help` or `-h` alone is help. An interpreter that cannot even start exits 1,
as any Python program does, and has then printed no verdict.

A token from elsewhere may begin with `-` and be read as an option. Foreign text comes by standard input, by --file,
or after `--`, behind which everything is a token.

A refused bundle verifies nothing by itself: with a trust store the data accepted before stay in use and the
refusal is reported; without, every verdict is UNKNOWN.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, NoReturn, TextIO

from certsvc.core import bundle, certificate
from certsvc.core.errors import VerificationError
from certsvc.core.jose import write_json
from certsvc.verifier import trustfile
from certsvc.verifier.checks import verify
from certsvc.verifier.texts import LANGUAGES, label, reason_text, refused_text, verdict_text, word
from certsvc.verifier.trust import TrustStore
from certsvc.verifier.verdict import EXPIRED, INVALID, REVOKED, SUSPENDED, UNKNOWN, VALID, Verdict, rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USAGE = 2
EXIT_CODES = {VALID: 0, REVOKED: 1, SUSPENDED: 1, EXPIRED: 1, UNKNOWN: 3, INVALID: 4}
"""Higher is worse, so that the exit code of many tokens is the highest."""

_LONGEST_LINE = certificate.CAP + 2
_BLANKS = b" \t\r\n"


class _CannotRun(Exception):
    """The call or a file cannot be used; the message says why."""


class Reception(NamedTuple):
    """What became of the bundle: `accepted`, `refused` with its reason, or `not_given`."""

    status: str
    reason: str = ""


def run(argv: Sequence[str], stdin: BinaryIO, stdout: TextIO, stderr: TextIO, now: int) -> int:
    """Verifies the tokens named by `argv`, prints a verdict for each, and returns the exit code. `now`: Unix seconds.

    Whatever the tokens and files hold, it raises nothing but what the two output streams raise.
    """
    parser = _Parser()
    if list(argv) in (["--help"], ["-h"]):
        _write(stdout, parser.format_help())
        return 0
    try:
        options = parser.parse_args(argv)
        if options.help:
            raise _CannotRun("--help stands alone; a token that begins with '-' comes after '--'")
        at = _moment(options.at, now)
        trust, reception = _trust(options, at, stderr)
        return _verify_all(options, stdin, stdout, trust, reception, at)
    except _CannotRun as error:
        _write(stderr, f"{parser.prog}: {_printable(str(error))}\n")
        return USAGE


class _Parser(ArgumentParser):
    """Parses without touching the process: no exit, no stream."""

    def __init__(self) -> None:
        super().__init__(
            prog="certsvc verify",
            description="Verify certificates offline.",
            epilog="Exit codes: 0 VALID; 1 REVOKED, SUSPENDED or EXPIRED; 2 bad call or file; 3 UNKNOWN; 4 INVALID; "
            "of many tokens, the worst. Text from elsewhere may begin with '-': give it by standard input, by --file, "
            "or after '--'.",
            allow_abbrev=False,
            add_help=False,  # help exits 0, as VALID does: no token may ask for it
        )
        self.add_argument("tokens", nargs="*", metavar="TOKEN", help="certificates; from standard input if none")
        self.add_argument("--file", metavar="FILE", help="read certificates from FILE, one on each line")
        self.add_argument("--root", metavar="THUMBPRINT", help="the root's thumbprint, from your agreement")
        self.add_argument("--bundle", metavar="FILE", help="the trust bundle")
        self.add_argument("--trust-store", metavar="FILE", help="keep what was accepted in FILE, against rollback")
        self.add_argument("--at", metavar="TIME", help="verify at this ISO 8601 time with offset; default: now")
        self.add_argument("--json", action="store_true", help="print one JSON object for each token")
        self.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="language of texts (default: es)")
        self.add_argument("-h", "--help", action="store_true", help="show this help, if it is the only argument")

    def error(self, message: str) -> NoReturn:
        raise _CannotRun(message)


def _moment(text: str | None, now: int) -> int:
    if text is None:
        return now
    from datetime import datetime  # only here: the import is a tenth of the start-up

    try:
        at = datetime.fromisoformat(text)
        if at.utcoffset() is None:
            raise ValueError
        moment = int(at.timestamp() // 1)
    except (ValueError, OverflowError):
        raise _CannotRun("--at needs a time with an offset, such as 2026-11-05T12:00:00Z") from None
    return moment


def _trust(options: Namespace, at: int, stderr: TextIO) -> tuple[TrustStore, Reception]:
    """The trust to verify with: what was stored, the new bundle accepted if it is good."""
    path = options.trust_store
    if not options.root and not path:
        raise _CannotRun("give --root, or --trust-store with a store that exists")
    if not options.bundle and not path:
        raise _CannotRun("give --bundle, --trust-store or both")
    try:
        with ExitStack() as stack:
            if path:
                path = stack.enter_context(trustfile.locked(path))
            trust = _begin(options.root, path)
            before = trust.state
            reception = _receive(options, trust, at, stderr)
            if path and trust.state is not before:
                trustfile.save(path, trust)
            return trust, reception
    except OSError as error:
        raise _CannotRun(f"{error.filename or path}: {error.strerror}") from None
    except ValueError as error:  # a path with a null character
        raise _CannotRun(str(error)) from None


def _begin(root: str | None, path: str | None) -> TrustStore:
    try:
        stored = trustfile.load(path) if path else None
        if stored is None:
            if not root:
                raise _CannotRun("the trust store does not exist yet: give --root to begin it")
            return TrustStore(root)
    except VerificationError as error:
        if error.reason in ("root_thumbprint", "bad_base64url") and path is None:
            raise _CannotRun("--root needs a thumbprint of 43 characters") from None
        raise _CannotRun(f"{path or '--root'}: {error}") from None
    if root and root not in (stored.state.origin, stored.state.pin):
        raise _CannotRun("the trust store was begun with another root")
    return stored


def _receive(options: Namespace, trust: TrustStore, at: int, stderr: TextIO) -> Reception:
    """Accepts the bundle, or reports why not; the trust is then as it was."""
    if not options.bundle:
        return Reception("not_given")
    with open(options.bundle, "rb") as file:
        data = file.read(bundle.CAP + 1)
    try:
        trust.accept(data, at)
    except VerificationError as error:
        kept = trust.state.key_set is not None
        _write(stderr, refused_text(error.reason, kept, options.lang) + "\n")
        return Reception("refused", error.reason)
    return Reception("accepted")


def _verify_all(
    options: Namespace, stdin: BinaryIO, stdout: TextIO, trust: TrustStore, reception: Reception, at: int
) -> int:
    worst = -1
    single = len(options.tokens) == 1 and not options.file
    for number, token in enumerate(_tokens(options, stdin), 1):
        verdict = verify(token, trust, at)
        worst = max(worst, EXIT_CODES[verdict.status])
        if options.json:
            members = {"number": number, **verdict.to_json(), "bundle": reception._asdict()}
            _write(stdout, write_json(members).decode("utf-8") + "\n")
        else:
            heading = "" if single else f"{number}. "
            _write(stdout, heading + _for_people(verdict, options.lang) + "\n")
    if worst < 0:
        raise _CannotRun("no certificate was given")
    return worst


def _tokens(options: Namespace, stdin: BinaryIO) -> Iterator[str]:
    """The tokens of the arguments and the file, or of standard input if there are neither."""
    yield from options.tokens
    if options.tokens and not options.file:
        return
    try:
        if not options.file:
            yield from _lines(stdin)
            return
        with open(options.file, "rb") as file:
            yield from _lines(file)
    except OSError as error:
        raise _CannotRun(f"{options.file or 'standard input'}: {error.strerror}") from None
    except ValueError as error:  # a path with a null character, a stream that is closed
        raise _CannotRun(str(error)) from None


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Each line that is not blank. Of one that is over the longest token the beginning, still too long for a token."""
    while line := stream.readline(_LONGEST_LINE):
        rest = line
        while len(rest) == _LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(_LONGEST_LINE)
        # What follows the cut was not read: blanks before it must not be taken for the end of the line.
        text = line if rest is not line else line.strip(_BLANKS)
        if text:
            # Latin-1 maps each byte to one character, so that a foreign byte is refused as a foreign character.
            yield text.decode("latin-1")


def _for_people(verdict: Verdict, language: str) -> str:
    lines = [verdict_text(verdict.status, language)]
    why = reason_text(verdict.status, verdict.reason, language)
    if why:
        lines.append(f"  {label('reason', language)}: {why} ({verdict.reason})")
    claims = verdict.claims
    if claims is not None:
        kind, _, value = claims.subject.partition(":")
        shown = {
            "name": claims.name,
            "identifier": f"{value} ({kind})",
            "kind": word(claims.kind, language),
            "size": word(claims.size, language),
            "serial": claims.serial,
            "issued_at": rfc3339(claims.issued_at),
            "expires_at": rfc3339(claims.expires_at),
            "clear": _pairs(claims.clear),
            "unchecked": _schemes(claims.unchecked),
            "effects": _pairs(claims.effects),
        }
        lines += [f"  {label(name, language)}: {_printable(text)}" for name, text in shown.items() if text]
    if verdict.status_as_of is not None:
        lines.append(f"  {label('status_as_of', language)}: {rfc3339(verdict.status_as_of)}")
    return "\n".join(lines)


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name} {day}" for name, day in pairs)


def _schemes(unchecked: tuple[tuple[str, str], ...]) -> str:
    by_scheme = certificate.agencies_by_scheme(unchecked)
    return ", ".join(f"{scheme} ({', '.join(agencies)})" for scheme, agencies in by_scheme.items())


def _printable(text: str) -> str:
    """The text without characters that would command a terminal or reorder a line."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _write(stream: TextIO, text: str) -> None:
    """Writes what the stream's encoding can hold, the rest escaped."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        stream.write(text.encode("ascii", "backslashreplace").decode("ascii"))
