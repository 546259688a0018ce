"""What the demo shows: tables for people, one JSON document for programs, and every surprise."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from certsvc.agencies.sandbox.scenario import CastMember, Expectation
from certsvc.cli.demo.texts import TEXTS
from certsvc.cli.output import Output
from certsvc.cli.render import last_part, word
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2

_COLOURS = {"GRANTED": "green", "VALID": "green", "REFUSED": "red", "INVALID": "red", "REVOKED": "red"}


class Show:
    """Collects what happened and draws it as it happens."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.surprises: list[str] = []
        self._data: dict[str, Any] = {"decisions": [], "verdicts": {}}
        width = None if sys.stdout.isatty() else 120
        self._console = Console(width=width, quiet=output.as_json, highlight=False)

    def step(self, key: str) -> None:
        """Says what comes next."""
        self._console.print(Text("\n" + self._text(key), style="bold"))

    def decided(self, member: CastMember, application: pb.Application) -> None:
        """Notes one decision, and whether it is the one expected."""
        row = _decision(member, application)
        self._data["decisions"].append(row)
        self._expect(member.key, _expected(member.expected), {k: row[k] for k in ("result", "kind", "size", "codes")})

    def decisions(self) -> None:
        """Draws all decisions."""
        table = self._table("enterprise", "decision", "reason", "remedy")
        for row in self._data["decisions"]:
            result = self._text(row["result"])
            detail = " ".join(self._text(row[k]) for k in ("kind", "size") if row["result"] == "GRANTED" and row[k])
            reasons = "\n".join(r["text"] for r in row["reasons"]) or row["certificate"]
            remedies = "\n".join(dict.fromkeys(r["remedy"] for r in row["reasons"]))
            shown = Text(f"{result}\n{detail}".strip(), style=_COLOURS.get(row["result"], "yellow"))
            table.add_row(Text(row["name"]), shown, Text(reasons, overflow="fold"), Text(remedies))
        self._console.print(table)

    def verdicts(self, act: str, verdicts: Mapping[str, tuple[dict[str, Any], str]]) -> None:
        """Draws what the verifier says of each certificate, and notes what is not as it must be."""
        table = self._table("certificate", "verdict", "status_as_of")
        for key, (verdict, expected) in verdicts.items():
            self._add(table, key, verdict)
            self._expect(f"{act}/{key}", {"status": expected}, {"status": verdict["status"]})
        self._data["verdicts"][act] = {key: verdict for key, (verdict, _) in verdicts.items()}
        self._console.print(table)

    def revoked(self, serial: str, version: int) -> None:
        """Says which certificate was revoked, and in which published version it shows."""
        self._data["revoked"] = {"serial": serial, "published_version": version}
        self._console.print(self._text("revoked", serial=serial, version=version))
        if version < 1:
            self.surprises.append("revoked, but not published")

    def cheats(self, cheats: Mapping[str, tuple[dict[str, Any], str]]) -> None:
        """Draws how each way to cheat ends."""
        table = self._table("attempt", "verdict", "bundle")
        for key, (verdict, expected) in cheats.items():
            bundle = verdict["bundle"]
            said = " ".join(part for part in (bundle["status"], bundle["reason"]) if part)
            shown = f"{verdict['status']} {verdict.get('reason') or ''}".strip()
            style = _COLOURS.get(verdict["status"], "yellow")
            table.add_row(self._text(key), Text(shown, style=style), Text(said))
            self._expect(key, {"status": expected}, {"status": verdict["status"]})
        self._expect("rolled_back", {"bundle": "refused"}, {"bundle": cheats["rolled_back"][0]["bundle"]["status"]})
        self._data["verdicts"]["cheats"] = {key: verdict for key, (verdict, _) in cheats.items()}
        self._console.print(table)

    def end(self, out: Path | None) -> None:
        """Says how it went; in JSON, everything."""
        self._data["surprises"] = self.surprises
        self.output.data(self._data)
        for surprise in self.surprises:
            self._console.print(Text(self._text("surprise", what=surprise), style="red"))
        if not self.surprises:
            self._console.print(Text(self._text("all_as_expected"), style="green"))
        if out is not None:
            self._console.print(self._text("kept", out=out))

    def _add(self, table: Table, key: str, verdict: dict[str, Any]) -> None:
        shown = f"{verdict['status']} {verdict.get('reason') or ''}".strip()
        table.add_row(key, Text(shown, style=_COLOURS.get(verdict["status"], "yellow")), verdict.get("status_as_of"))

    def _expect(self, what: str, expected: Mapping[str, object], found: Mapping[str, object]) -> None:
        for key, value in expected.items():
            if found[key] != value:
                self.surprises.append(f"{what}: {key} is {found[key]}, expected {value}")

    def _table(self, *columns: str) -> Table:
        return Table(*(self._text(column) for column in columns), box=box.SIMPLE_HEAD)

    def _text(self, key: str, **values: object) -> str:
        return TEXTS[key][0 if self.output.lang == "es" else 1].format(**values)


def _decision(member: CastMember, application: pb.Application) -> dict[str, Any]:
    decision = application.decision
    return {
        "key": member.key,
        "name": member.name,
        "state": word(pb.Application.State, application.state, "STATE_"),
        "result": word(enterprise_pb2.Decision.Result, decision.result, "RESULT_"),
        "kind": _named(enterprise_pb2.CertificateKind, decision.kind, "CERTIFICATE_KIND_"),
        "size": _named(enterprise_pb2.SizeClass, decision.size, "SIZE_CLASS_"),
        "codes": [reason.code for reason in decision.reasons],
        "reasons": [
            {"code": r.code, "scheme": r.scheme, "agency": r.agency, "text": r.text, "remedy": r.remedy}
            for r in decision.reasons
        ],
        "rule_set": decision.rule_set,
        "certificate": last_part(application.certificate.name),
    }


def _named(enum: Any, value: int, prefix: str) -> str:
    return word(enum, value, prefix) if value else ""


def _expected(expected: Expectation) -> dict[str, object]:
    wanted: dict[str, object] = {"result": expected.result.value, "codes": list(expected.reasons)}
    if expected.kind is not None:
        wanted["kind"] = expected.kind.value
    if expected.size is not None:
        wanted["size"] = expected.size.value
    return wanted
