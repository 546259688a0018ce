"""What changes in the texts of reasons: each once, though every duty has its own copy with names put in."""

from __future__ import annotations

from collections.abc import Iterator

from certsvc.core.model import Reason, Text
from certsvc.core.rules.differences.sentences import Change, shown
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.scheme import SchemeRule


def differing_texts(old: RuleSet, new: RuleSet) -> Iterator[Change]:
    """Every text or remedy that both rule sets have and that differs in more than the names put in."""
    for key in new.reasons:
        if key in old.reasons:
            yield from _between(f"reasons.{key}", old.reasons[key], new.reasons[key])
    before = {scheme.name: scheme for scheme in old.schemes}
    told: set[tuple[str, Text, Text]] = set()
    for scheme in new.schemes:
        for change, what in _of_scheme(before.get(scheme.name), scheme):
            if what not in told:
                told.add(what)
                yield change


def _of_scheme(old: SchemeRule | None, new: SchemeRule) -> Iterator[tuple[Change, tuple[str, Text, Text]]]:
    """Each change with what it is apart from the names of the duty and of its agency."""
    for code in new.reasons:
        if old is None or code not in old.reasons:
            continue
        was, now = _template(old.reasons[code], old), _template(new.reasons[code], new)
        for part, earlier, later in (("text", was.text, now.text), ("remedy", was.remedy, now.remedy)):
            if earlier != later:
                path = f"reasons.{code}.{part}"
                yield shown(path, earlier, later, now.citation), (path, earlier, later)


def _between(path: str, old: Reason, new: Reason) -> Iterator[Change]:
    for part, was, now in (("text", old.text, new.text), ("remedy", old.remedy, new.remedy)):
        if was != now:
            yield shown(f"{path}.{part}", was, now, new.citation)


def _template(reason: Reason, scheme: SchemeRule) -> Reason:
    """The reason with the placeholders that it was made from."""

    def without(text: Text) -> Text:
        es = text.es.replace(scheme.agency.es, "{agency}").replace(scheme.title.es, "{scheme}")
        return Text(es, text.en.replace(scheme.agency.en, "{agency}").replace(scheme.title.en, "{scheme}"))

    return Reason(reason.code, without(reason.text), without(reason.remedy), reason.citation)
