"""What happens in the demo, in order, and what each step must come to."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import urlopen

from certsvc.agencies.sandbox.scenario import CastMember, load_scenario, shipped_text
from certsvc.cli.client import Connection, open_channel
from certsvc.cli.demo.show import Show
from certsvc.cli.demo.stage import Process, run
from certsvc.cli.stubs import certificates
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2

ISSUER = "https://certificates.demo.example"
AT_ONCE = 4
"""Applications."""


class Play:
    """The stage, the cast, and what is handed from one act to the next."""

    def __init__(self, work: Path, out: Path, show: Show) -> None:
        self._work = work
        self._data = work / "data"
        self._out = out
        self._show = show
        self._cast = load_scenario(shipped_text()).cast
        self._running: list[Process] = []
        self._port = 0
        self._root = ""
        self._site = ""
        self._tokens: dict[str, str] = {}
        self._serials: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def first_act(self) -> None:
        """Apply for the whole cast, stop every server, verify offline."""
        self._show.step("start")
        self._start()
        self._show.step("apply")
        for member, application in zip(self._cast, self._apply_for_all(), strict=True):
            self._judge(member, application)
        self._show.decisions()
        self._keep_files()
        self._show.step("offline")
        self._stop()
        verdicts = self._verify("bundle.json", "--trust-store", str(self._work / "bank.json"))
        self._show.verdicts("offline", {key: (v, "VALID") for key, v in verdicts.items()})

    def second_act(self) -> None:
        """Start again, revoke one, and try to cheat."""
        self._show.step("revoke")
        self._start()
        revoked = next(iter(self._serials))
        version = self._revoke(self._serials[revoked])
        (self._out / "bundle-after.json").write_bytes(self._fetch("/bundle.json"))
        self._stop()
        self._show.revoked(self._serials[revoked], version)
        bank = ("--trust-store", str(self._work / "bank.json"))
        expected = {key: "REVOKED" if key == revoked else "VALID" for key in self._tokens}
        after = self._verify("bundle-after.json", *bank)
        self._show.verdicts("after", {key: (v, expected[key]) for key, v in after.items()})

        self._show.step("cheat")
        honest = next(key for key in self._tokens if key != revoked)
        tampered = {honest: _tampered(self._tokens[honest])}
        cheats = {"tampered": (self._verify("bundle-after.json", tokens=tampered)[honest], "INVALID")}
        later = (datetime.now(UTC) + timedelta(days=8)).isoformat()
        stale = self._verify("bundle-after.json", "--at", later, tokens={honest: self._tokens[honest]})
        cheats["expired"] = (stale[honest], "UNKNOWN")
        # The courier brings the bundle of before the revocation: refused, and the store still knows better.
        rolled = self._verify("bundle.json", *bank, tokens={revoked: self._tokens[revoked]})
        cheats["rolled_back"] = (rolled[revoked], "REVOKED")
        self._show.cheats(cheats)

    def _start(self) -> None:
        sandbox = self._launch("agencies", "-m", "certsvc.agencies.sandbox", "--port", str(self._port))
        self._port = urlsplit(sandbox.ready()["hacienda"]).port or 0
        if not self._root:
            _, printed = run("certsvc.cli", ["init", str(self._data), "--json", *self._init_options()])
            self._root = json.loads(printed)["root_thumbprint"]
        service = self._launch("service", "-m", "certsvc.cli", "serve", "--config", str(self._data))
        addresses = service.ready()
        self._grpc, self._site = addresses["grpc"], addresses["site"]

    def _init_options(self) -> list[str]:
        listen = ["--listen", "127.0.0.1:0", "--site-listen", "127.0.0.1:0"]
        return [*listen, "--issuer", ISSUER, "--sandbox-agencies", str(self._work / "agencies.json")]

    def _launch(self, name: str, *arguments: str) -> Process:
        process = Process(name, arguments, self._work)
        self._running.append(process)
        return process

    def _stop(self) -> None:
        while self._running:
            self._running.pop().stop()

    def _apply_for_all(self) -> list[pb.Application]:
        with self._connected("programme") as channel:
            issue = certificates(channel).IssueCertificate

            def apply(member: CastMember) -> pb.Application:
                answer: pb.IssueCertificateResponse = issue(self._request(member), timeout=30)
                return answer.application

            # Several at once, so that the agency that hangs holds up nobody else; a few, as the ministry's quota bears
            # before its bucket has filled.
            with ThreadPoolExecutor(AT_ONCE) as workers:
                return list(workers.map(apply, self._cast))

    def _request(self, member: CastMember) -> pb.IssueCertificateRequest:
        identifier = enterprise_pb2.Identifier(kind=member.identifier.kind, value=member.identifier.value)
        return pb.IssueCertificateRequest(
            enterprise=enterprise_pb2.Enterprise(identifiers=[identifier], name=member.name),
            declared_facts=[_wire(fact.name, fact.value) for fact in member.declared],
            request_id=str(uuid.uuid4()),
            language_code=self._show.output.lang,
        )

    def _judge(self, member: CastMember, application: pb.Application) -> None:
        self._show.decided(member, application)
        if application.HasField("certificate"):
            self._tokens[member.key] = application.certificate.token
            self._serials[member.key] = application.certificate.name.removeprefix("certificates/")

    def _keep_files(self) -> None:
        tokens = self._out / "tokens"
        tokens.mkdir(parents=True, exist_ok=True)
        for key, token in self._tokens.items():
            (tokens / f"{key}.jwt").write_text(token + "\n")
        (self._out / "bundle.json").write_bytes(self._fetch("/bundle.json"))
        (self._out / "root.txt").write_text(self._root + "\n")

    def _revoke(self, serial: str) -> int:
        options = ["--config", str(self._data), "--address", self._grpc, "--reason", "arrears", "--yes", "--wait"]
        _, printed = run("certsvc.cli", ["revoke", serial, *options, "--json"])
        return int(json.loads(printed)["published_version"])

    def _verify(self, bundle: str, *options: str, tokens: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
        """The verdict on each token, by a process that has only the files."""
        tokens = self._tokens if tokens is None else tokens
        lines = self._work / "tokens.txt"
        lines.write_text("".join(f"{token}\n" for token in tokens.values()))
        arguments = [
            f"--root={self._root}",  # a thumbprint may begin with a dash
            "--bundle",
            str(self._out / bundle),
            "--json",
            "--file",
            str(lines),
            *options,
        ]
        _, printed = run("certsvc.verifier", arguments, expected=(0, 1, 3, 4))
        return dict(zip(tokens, map(json.loads, printed.splitlines()), strict=True))

    def _fetch(self, path: str) -> bytes:
        with urlopen(self._site + path, timeout=10) as response:  # noqa: S310  our own site, on loopback
            return bytes(response.read())

    @contextmanager
    def _connected(self, role: str) -> Iterator[Any]:
        tls = self._data / "tls"
        connection = Connection(
            self._grpc,
            (tls / "ca.pem").read_bytes(),
            (tls / f"{role}.pem").read_bytes(),
            (tls / f"{role}.key.pem").read_bytes(),
            30.0,
        )
        with open_channel(connection, self._show.output) as channel:
            yield channel


def _wire(name: str, value: object) -> enterprise_pb2.Fact:
    from decimal import Decimal as Number

    from google.type.decimal_pb2 import Decimal

    if isinstance(value, Number):
        return enterprise_pb2.Fact(name=name, number=Decimal(value=format(value, "f")))
    return enterprise_pb2.Fact(name=name, text=str(value))


def _tampered(token: str) -> str:
    """The token with one character of its payload changed."""
    header, payload, signature = token.split(".")
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    return f"{header}.{payload[:middle]}{other}{payload[middle + 1 :]}.{signature}"
