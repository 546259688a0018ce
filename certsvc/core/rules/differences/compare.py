"""What changes from one rule set to another, in sentences, rule by rule.

Invariants
- Nothing that differs in meaning goes unsaid: a value for which there is no wording is shown with its place.
- Rules are matched by name; one under another name is one that goes and one that comes.
- Each sentence has the citation of the rule as it becomes, or as it was if it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from certsvc.core.model import Text
from certsvc.core.rules.differences.outline import Leaf, Node, outline
from certsvc.core.rules.differences.sentences import Change, Phrases, shown
from certsvc.core.rules.differences.texts import differing_texts
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.terms import Basis


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two rule sets, ready to be looked things up in."""

    nodes: Mapping[str, Node]
    bases: Mapping[str, Basis]
    phrases: Phrases

    def basis(self, path: str) -> Basis | None:
        """What the rule at this place rests on: its own basis, or that of the nearest rule around it."""
        while path and path not in self.bases:
            path = path.rpartition(".")[0]
        return self.bases.get(path)

    def citation(self, path: str) -> str:
        basis = self.basis(path)
        return basis.citation if basis else ""


def differences(old: RuleSet, new: RuleSet) -> tuple[Change, ...]:
    """Everything that changes, in the order of the new file, then what is gone; then the texts for people."""
    before, after = _side(old), _side(new)
    return (
        *_rules(before, after),
        *_gone(before, after),
        *_bases(before, after),
        *_order(old, new),
        *differing_texts(old, new),
    )


def _side(rule_set: RuleSet) -> _Side:
    nodes = {node.path: node for node in outline(rule_set)}
    return _Side(nodes, dict(rule_set.bases), Phrases(rule_set))


def _rules(before: _Side, after: _Side) -> Iterator[Change]:
    for path, node in after.nodes.items():
        if path not in before.nodes:
            yield after.phrases.added(node, after.citation(path))
            continue
        yield from _values(before.nodes[path], node, before, after)


def _gone(before: _Side, after: _Side) -> Iterator[Change]:
    for path, node in before.nodes.items():
        # A rule inside one that is gone needs no sentence of its own.
        inside = any(path.startswith(f"{other}.") and other not in after.nodes for other in before.nodes if other)
        if path not in after.nodes and not inside:
            yield before.phrases.removed(node, before.citation(path))


def _values(old: Node, new: Node, before: _Side, after: _Side) -> Iterator[Change]:
    was = {(leaf.field, leaf.key): leaf for leaf in old.leaves}
    now = {(leaf.field, leaf.key): leaf for leaf in new.leaves}
    for place in dict.fromkeys((*now, *was)):
        earlier, later = was.get(place), now.get(place)
        if not _same(earlier, later) and not _follows(place[0], was, now):
            path = ".".join(filter(None, (new.path, *place)))
            yield after.phrases.changed(new, path, earlier, later, after.citation(path) or before.citation(path))


def _same(earlier: Leaf | None, later: Leaf | None) -> bool:
    return earlier is not None and later is not None and earlier.value == later.value


def _follows(field: str, was: Mapping[tuple[str, str], Leaf], now: Mapping[tuple[str, str], Leaf]) -> bool:
    """True for what changes only because something else does, which is said: the bars of another requirement."""
    requirement = "requirement", ""
    return field == "bars" and requirement in was and not _same(was[requirement], now[requirement])


def _bases(before: _Side, after: _Side) -> Iterator[Change]:
    for path, basis in after.bases.items():
        earlier = before.bases.get(path)
        if earlier is None or earlier == basis:
            continue
        node = _nearest(after.nodes, path)
        if earlier.citation != basis.citation:
            yield after.phrases.based(node, path, earlier.citation, basis.citation)
        if earlier.confirmed != basis.confirmed:
            yield after.phrases.confirmed(node, path, basis)
        elif earlier.note != basis.note:
            yield shown(f"{path}.note", Text(earlier.note, earlier.note), Text(basis.note, basis.note), basis.citation)


def _order(old: RuleSet, new: RuleSet) -> Iterator[Change]:
    """The order of duties is that of reasons, so it is part of every decision."""
    was, now = [scheme.name for scheme in old.schemes], [scheme.name for scheme in new.schemes]
    if [name for name in was if name in now] != [name for name in now if name in was]:
        yield shown("schemes", Text(", ".join(was), ", ".join(was)), Text(", ".join(now), ", ".join(now)), "")


def _nearest(nodes: Mapping[str, Node], path: str) -> Node:
    while path not in nodes:
        path = path.rpartition(".")[0]
    return nodes[path]
