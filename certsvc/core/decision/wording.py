"""What explanations say, in Spanish and English: a closed table by kind of rule and state.

Placeholders are filled from the step: `{scheme}` and `{agency}` as the rule set calls them, `{fact}` and the like as
the vocabulary does, days as ISO 8601. A sentence never says how high a debt is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from certsvc.core.decision import sentences
from certsvc.core.decision.journal import RuleKind, Step
from certsvc.core.decision.sentences import SENTENCES
from certsvc.core.decision.words import BECAUSE, KINDS, WORDS
from certsvc.core.model import Decision, FactName, Result, Text
from certsvc.core.rules.enterprise import EffectRule
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.scheme import ProofRule, RegimeRule

_FACTS = "fact"


def sentence(step: Step, rule_set: RuleSet) -> Text:
    """What became of the rule, in one sentence; with the reason where it does not follow from the state."""
    said = SENTENCES[step.kind, step.state]
    because = BECAUSE.get((step.kind, step.detail("because"))) or BECAUSE.get((None, step.detail("because")))
    parts = (said,) if because is None else (said, because)
    names = _names(step, rule_set)
    spanish = " ".join(_fill(part.es, {name: text.es for name, text in names.items()}) for part in parts)
    return Text(
        spanish.replace(" de el ", " del ").replace(" a el ", " al "),
        " ".join(_fill(part.en, {name: text.en for name, text in names.items()}) for part in parts),
    )


def headline(decision: Decision, rule_set: RuleSet) -> Text:
    """How the decision ends, for whom the rules are, and on which day."""
    said = sentences.HEADLINES[decision.result]
    kind = KINDS[decision.kind] if decision.kind is not None else Text("", "")
    on, days = decision.on.isoformat(), str(decision.valid_for.days) if decision.valid_for is not None else ""
    return Text(
        _fill(said.es, {"title": rule_set.title.es, "on": on, "kind": kind.es, "days": days}),
        _fill(said.en, {"title": rule_set.title.en, "on": on, "kind": kind.en, "days": days}),
    )


def appeal(decision: Decision, rule_set: RuleSet) -> Text | None:
    """By when to appeal, and where if the rules say; None unless refused."""
    if decision.result is not Result.REFUSED or decision.appeal_until is None:
        return None
    where, until = rule_set.appeal.where, decision.appeal_until.isoformat()
    said = sentences.APPEAL_WHERE if where.es else sentences.APPEAL
    return Text(
        _fill(said.es, {"until": until, "where": where.es}), _fill(said.en, {"until": until, "where": where.en})
    )


def _names(step: Step, rule_set: RuleSet) -> Mapping[str, Text]:
    """What stands for each placeholder."""
    names = {key: _word(value) for key, value in step.details if key != _FACTS}
    facts = [_fact(FactName(value), rule_set) for key, value in step.details if key == _FACTS]
    if facts:
        names[_FACTS] = Text(", ".join(fact.es for fact in facts), ", ".join(fact.en for fact in facts))
    scheme = next((rule for rule in rule_set.schemes if rule.name == step.scheme), None)
    if scheme is not None:
        names |= {"scheme": scheme.title, "agency": scheme.agency}
    elif step.agency:
        names["agency"] = _word(step.agency)
    names["name"] = _title(step, rule_set)
    names["code"] = WORDS.get(step.code) or Text(step.code, step.code)
    names["day_of_data"] = _word(step.data_as_of.isoformat() if step.data_as_of is not None else "")
    names["age"] = _word(str(step.age_days) if step.age_days is not None else "")
    return names


def _title(step: Step, rule_set: RuleSet) -> Text:
    """What the rule is called: by its title where it has one, else by its name in the file."""
    name = step.rule.rpartition(".")[2]
    titled: Mapping[RuleKind, Iterable[ProofRule | RegimeRule | EffectRule]] = {
        RuleKind.PROOF: rule_set.proofs,
        RuleKind.REGIME: rule_set.regimes,
        RuleKind.EFFECT: rule_set.effects,
    }
    return next((rule.title for rule in titled.get(step.kind, ()) if rule.name == name), _word(name))


def _fact(name: FactName, rule_set: RuleSet) -> Text:
    return rule_set.fact_titles.get(name) or WORDS.get(name.value) or _word(name.value)


def _word(value: str) -> Text:
    return WORDS.get(value) or Text(value, value)


def _fill(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text[:1].upper() + text[1:]
