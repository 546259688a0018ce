"""Differences as sentences in Spanish and English, from the words of `difference_words`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from certsvc.core.model import Text
from certsvc.core.rules.differences.outline import Leaf, Node
from certsvc.core.rules.differences.said import Sayer
from certsvc.core.rules.differences.words import KINDS, LABELS, Label, Noun
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.terms import Basis

_OF = {"el": "del", "la": "de la", "los": "de los", "las": "de las"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes: its place in the file, a sentence, and what the rule rests on."""

    path: str
    text: Text
    citation: str


def shown(path: str, old: Text, new: Text, citation: str) -> Change:
    """The change of a text, shown as it is, since there is nothing to say about it."""
    return Change(path, Text(f"{path}: «{old.es}» → «{new.es}»", f"{path}: “{old.en}” → “{new.en}”"), citation)


class Phrases:
    """Sentences with the names that one rule set gives its duties and facts."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._titles = {scheme.name: scheme.title for scheme in rule_set.schemes}
        self._sayer = Sayer({str(fact): title for fact, title in rule_set.fact_titles.items()}, rule_set.currency)

    def added(self, node: Node, citation: str) -> Change:
        """The rule is new: what it holds."""
        noun, held = self._noun(node), self._held(node)
        es, en = f"Se añade {noun.article} {noun.es}{held.es}.", f"{_capital(noun.en)} is new{held.en}."
        return Change(node.path, _joined(es, en), citation)

    def removed(self, node: Node, citation: str) -> Change:
        """The rule is gone."""
        noun = self._noun(node)
        text = _joined(f"Se suprime {noun.article} {noun.es}.", f"{_capital(noun.en)} is gone.")
        return Change(node.path, text, citation)

    def changed(self, node: Node, path: str, old: Leaf | None, new: Leaf | None, citation: str) -> Change:
        """One value of the rule changes; None is a value that the rule does not have."""
        leaf = new or old
        assert leaf is not None, "one side has the value"
        label = LABELS.get(f"{node.kind}.{leaf.field}", Label(Noun("", "", "")))
        say = self._sayer.value if old is None or new is None else self._sayer.bare
        was, now = say(old, label.unit), self._sayer.value(new, label.unit)
        if not label.noun.en:
            return shown(path, was, now, citation)
        subject, verb = self._subject(label, leaf, node), _verb(old, new)
        es = f"{subject.es} {verb.es} de {was.es} a {now.es}."
        return Change(path, _joined(es, f"{subject.en} {verb.en} from {was.en} to {now.en}."), citation)

    def based(self, node: Node, path: str, old: str, new: str) -> Change:
        """The rule rests on another law."""
        noun = self._noun(node)
        es = f"La base legal {_of(noun)} cambia de «{old}» a «{new}»."
        en = f"The legal basis of the {noun.en} changes from “{old}” to “{new}”."
        return Change(f"{path}.citation", _joined(es, en), new)

    def confirmed(self, node: Node, path: str, basis: Basis) -> Change:
        """A source now confirms the rule, or no longer does."""
        noun = self._noun(node)
        why = f" ({basis.note.rstrip('.')})" if basis.note else ""
        es = "Ahora se confirma" if basis.confirmed else "Deja de confirmarse"
        en = "is now confirmed" if basis.confirmed else "is no longer confirmed"
        text = _joined(f"{es} {noun.article} {noun.es}{why}.", f"{_capital(noun.en)} {en}{why}.")
        return Change(f"{path}.confirmed", text, basis.citation)

    def _held(self, node: Node) -> Text:
        """The values of a new rule in brackets, each with its label."""
        es, en = [], []
        for leaf in node.leaves:
            label = LABELS.get(f"{node.kind}.{leaf.field}")
            if label is None or leaf.value in (False, frozenset()):
                continue
            noun = _filled(label.noun, {"{key}": self._sayer.key(leaf.key)})
            value = self._sayer.value(leaf, label.unit)
            es.append(f"{noun.es}: {value.es}")
            en.append(f"{noun.en}: {value.en}")
        return Text(f" ({'; '.join(es)})", f" ({'; '.join(en)})") if es else Text("", "")

    def _subject(self, label: Label, leaf: Leaf, node: Node) -> Text:
        what, rule = _filled(label.noun, {"{key}": self._sayer.key(leaf.key)}), self._noun(node)
        return Text(f"{_capital(what.article)} {what.es} {_of(rule)}", f"The {what.en} of the {rule.en}")

    def _noun(self, node: Node) -> Noun:
        title = next((leaf.value for leaf in node.leaves if leaf.field == "title"), None)
        name = title if isinstance(title, Text) else Text(node.name, node.name)
        scheme = self._titles.get(node.scheme, Text(node.scheme, node.scheme))
        return _filled(KINDS[node.kind], {"{scheme}": scheme, "{name}": name})


def _verb(old: Leaf | None, new: Leaf | None) -> Text:
    match (old and old.value, new and new.value):
        case (int() | Decimal()) as was, (int() | Decimal()) as now if not isinstance(was, bool):
            return Text("sube", "rises") if now > was else Text("baja", "falls")
        case date(), date():
            return Text("pasa", "moves")
    return Text("cambia", "changes")


def _filled(noun: Noun, put_in: Mapping[str, Text]) -> Noun:
    es, en = noun.es, noun.en
    for place, text in put_in.items():
        es, en = es.replace(place, text.es), en.replace(place, text.en)
    return Noun(noun.article, es, en)


def _of(noun: Noun) -> str:
    return f"{_OF[noun.article]} {noun.es}"


def _joined(es: str, en: str) -> Text:
    """The sentence in both languages; names put in may begin with an article, which Spanish contracts."""
    return Text(es.replace(" de el ", " del ").replace(" a el ", " al "), en)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
