"""An explanation as it is shown, whether the service gave it or a case did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from certsvc.cli.output import Output
from certsvc.core.decision import Step, StepState, headline, sentence

if TYPE_CHECKING:
    from certsvc.core.decision import Explanation
    from certsvc.core.model import Reason
    from certsvc.core.rules import RuleSet
    from certsvc.v1 import certificate_service_pb2 as pb
    from certsvc.v1.enterprise_pb2 import Reason as ReasonMessage

COLUMNS = ("state", "rule", "says", "basis", "evidence")
_CONCERNS = frozenset({StepState.PASSED, StepState.FAILED, StepState.OPEN, StepState.APPLIED})


@dataclass(frozen=True, slots=True)
class Row:
    """One rule and what it made of the case. Days are ISO 8601, empty where there is none."""

    state: str
    rule: str
    text: str
    citation: str
    confirmed: bool
    scheme: str
    agency: str
    code: str
    data_as_of: str
    age_days: int | None


@dataclass(frozen=True, slots=True)
class Todo:
    """One reason, what to do about it and where, "" if the rules do not say."""

    code: str
    scheme: str
    agency: str
    text: str
    remedy: str
    where: str
    citation: str


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that is shown. `reproduced` is None where nothing was recorded to compare with."""

    headline: str
    result: str
    legal_date: str
    rule_set: str
    reasons: tuple[Todo, ...]
    appeal_until: str
    appeal_where: str
    reproduced: bool | None
    rows: tuple[Row, ...]

    def as_data(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def of_explanation(made: Explanation, rule_set: RuleSet, lang: str) -> Explained:
    """The explanation of a case."""
    decision = made.decision
    where = {scheme.name: scheme.where.in_language(lang) for scheme in rule_set.schemes}
    return Explained(
        headline=headline(decision, rule_set).in_language(lang),
        result=decision.result.value,
        legal_date=decision.on.isoformat(),
        rule_set=decision.rule_set,
        reasons=tuple(_todo(reason, where.get(reason.scheme, ""), lang) for reason in decision.reasons),
        appeal_until=decision.appeal_until.isoformat() if decision.appeal_until else "",
        appeal_where=rule_set.appeal.where.in_language(lang) if decision.appeal_until else "",
        reproduced=None,
        rows=tuple(_row(step, rule_set, lang) for step in made.steps),
    )


def _todo(reason: Reason, where: str, lang: str) -> Todo:
    return Todo(
        code=reason.code,
        scheme=reason.scheme,
        agency=reason.agency,
        text=reason.text.in_language(lang),
        remedy=reason.remedy.in_language(lang),
        where=where,
        citation=reason.citation,
    )


def _row(step: Step, rule_set: RuleSet, lang: str) -> Row:
    return Row(
        state=step.state.value,
        rule=step.rule,
        text=sentence(step, rule_set).in_language(lang),
        citation=step.citation,
        confirmed=step.confirmed,
        scheme=step.scheme,
        agency=step.agency,
        code=step.code,
        data_as_of=step.data_as_of.isoformat() if step.data_as_of else "",
        age_days=step.age_days,
    )


def of_answer(answer: pb.ExplainApplicationResponse) -> Explained:
    """The explanation of a recorded decision, as the service gives it."""
    from certsvc.cli.render import day, word
    from certsvc.v1.enterprise_pb2 import Decision

    given = answer.explanation
    where = {office.scheme: office.where for office in given.offices}
    return Explained(
        headline=given.headline,
        result=word(Decision.Result, given.decision.result, "RESULT_"),
        legal_date=day(given.decision.legal_date),
        rule_set=given.decision.rule_set,
        reasons=tuple(_todo_told(reason, where.get(reason.scheme, "")) for reason in given.decision.reasons),
        appeal_until=day(given.decision.appeal_until),
        appeal_where=given.appeal_where,
        reproduced=answer.reproduced,
        rows=tuple(_row_told(step) for step in given.steps),
    )


def _todo_told(reason: ReasonMessage, where: str) -> Todo:
    return Todo(
        code=reason.code,
        scheme=reason.scheme,
        agency=reason.agency,
        text=reason.text,
        remedy=reason.remedy,
        where=where,
        citation=reason.citation,
    )


def _row_told(step: pb.Step) -> Row:
    from certsvc.cli.render import day, word
    from certsvc.v1.certificate_service_pb2 import Step

    return Row(
        state=word(Step.State, step.state, "STATE_"),
        rule=step.rule,
        text=step.text,
        citation=step.citation,
        confirmed=step.confirmed,
        scheme=step.scheme,
        agency=step.agency,
        code=step.code,
        data_as_of=day(step.data_as_of),
        age_days=step.age_days if step.HasField("age_days") else None,
    )


def show(explained: Explained, output: Output, *, every: bool) -> None:
    """Prints it for people; the rules that do not concern the case only if `every`."""
    output.line(explained.headline)
    output.say("explain_by", legal_date=explained.legal_date, rule_set=explained.rule_set)
    shown = [row for row in explained.rows if every or row.state in _CONCERNS]
    output.table(COLUMNS, [_cells(row, output) for row in shown])
    if not all(row.confirmed for row in shown):
        output.say("explain_unconfirmed")
    if len(shown) < len(explained.rows):
        output.say("explain_more", count=len(explained.rows) - len(shown))
    for todo in explained.reasons:
        _show_todo(todo, output)
    if explained.appeal_until:
        key = "explain_appeal_at" if explained.appeal_where else "explain_appeal"
        output.say(key, until=explained.appeal_until, where=explained.appeal_where)
    if explained.reproduced is not None:
        output.say("explain_same" if explained.reproduced else "explain_other")


def _cells(row: Row, output: Output) -> list[str]:
    # A state of a newer service has no word yet; its own name is better than nothing.
    state = output.text(row.state) if row.state in output.texts else row.state
    mark = "" if row.confirmed else " *"
    return [state, row.rule, row.text, f"{row.citation}{mark}", " ".join(_evidence(row, output))]


def _evidence(row: Row, output: Output) -> Iterator[str]:
    yield from filter(None, (row.agency, row.data_as_of))
    if row.age_days is not None:
        yield output.text("explain_age", days=row.age_days)


def _show_todo(todo: Todo, output: Output) -> None:
    named = " ".join(filter(None, (todo.code, todo.scheme, todo.agency and f"({todo.agency})")))
    output.line(f"- {named}: {todo.text}")
    output.say("explain_remedy", remedy=todo.remedy)
    if todo.where:
        output.say("explain_where", where=todo.where)
    output.say("diff_citation", citation=todo.citation)
