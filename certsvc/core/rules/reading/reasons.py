"""What people read: the texts of a file with the names of schemes, facts, regimes and proofs put in.

Invariants
- A reason that the rules can give has a text and a remedy in both languages; one that they cannot give is refused.
- No brace reaches a reader: each is a placeholder that is replaced, or a fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from certsvc.core.model import Reason, Text
from certsvc.core.rules.codes import ENTERPRISE_CODES, SCHEME_CODES, RuleCode
from certsvc.core.rules.reading.fields import Table

_PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")
_ALLOWED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(SCHEME_CODES, ("{agency}", "{scheme}")),
    **dict.fromkeys(ENTERPRISE_CODES, ()),
    RuleCode.FACTS_MISSING: ("{fact}",),
    RuleCode.REGIME_CEILING_EXCEEDED: ("{regime}", "{fact}"),
    RuleCode.REGIME_SECTOR_EXCLUDED: ("{regime}",),
    RuleCode.PROOFS_NOT_MET: ("{proofs}",),
}


class Templates:
    """Text and remedy of every reason, before names are put in. Each is read when a rule first asks for it."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._texts: dict[str, tuple[Text, Text]] = {}

    def reason(
        self, code: str, citation: str, put_in: Mapping[str, Text], *, scheme: str = "", remedy: Text | None = None
    ) -> Reason:
        """The reason with its placeholders replaced; `remedy` stands in for the general one."""
        if code not in self._texts:
            self._texts[code] = self._read(code)
        text, general = self._texts[code]
        return Reason(code, _fill(text, put_in), _fill(remedy or general, put_in), citation, scheme=scheme)

    def close(self) -> None:
        """Reports every text for a reason that no rule asked for."""
        given = ", ".join(self._texts)
        for code in self._table.written():
            if code not in self._texts:
                self._table.fault(code, f"unknown key: no rule of this file gives this reason; write one of: {given}")

    def _read(self, code: str) -> tuple[Text, Text]:
        entry = self._table.table(code, 'text and remedy, each { es = "...", en = "..." }')
        return templated(entry, "text", code), templated(entry, "remedy", code)


def templated(table: Table, key: str, code: str) -> Text:
    """A text in both languages with no other placeholders than those of the reason."""
    both = table.both(key)
    _check_placeholders(table, key, both, _ALLOWED[code])
    return both


def plain(table: Table, key: str) -> Text:
    """A text in both languages that has no braces."""
    both = table.both(key)
    _check_placeholders(table, key, both, ())
    return both


def _check_placeholders(table: Table, key: str, both: Text, allowed: tuple[str, ...]) -> None:
    for language, text in (("es", both.es), ("en", both.en)):
        for found in dict.fromkeys(_PLACEHOLDER.findall(text)):
            if found not in allowed:
                instead = f"write {' or '.join(allowed)}" if allowed else "leave it out"
                table.fault(f"{key}.{language}", f"{found} is not replaced here; {instead}")


def _fill(text: Text, put_in: Mapping[str, Text]) -> Text:
    es, en = text.es, text.en
    for name, value in put_in.items():
        es, en = es.replace(name, value.es), en.replace(name, value.en)
    return Text(es, en)
