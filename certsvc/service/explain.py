"""Explain: decide a recorded application once more, by the rules that decided it, and show every rule at work.

The recorded decision stands whatever comes of it. If the outcome differs, the record was altered or this version of
certsvc decides otherwise than the one that recorded: both are for an operator to look into, so it is logged and said.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from certsvc.core.decision import Explanation, explain
from certsvc.core.decision.codec import encode_decision
from certsvc.core.errors import MalformedRecord, RulesNotKept
from certsvc.core.rules import RuleSet, parse_rule_set
from certsvc.service.ports import Store
from certsvc.service.read import Read
from certsvc.service.records import Application

log = structlog.get_logger()

KEPT = 32
"""How many rule sets are kept parsed."""


@dataclass(frozen=True, slots=True)
class Explained:
    """An application, the explanation of the decision as made once more, and whether that is the recorded one."""

    application: Application
    explanation: Explanation
    rule_set: RuleSet
    reproduced: bool


class ExplainApplication:
    """Answers who wants to know which rules decided an application."""

    def __init__(self, *, read: Read, store: Store) -> None:
        self._read = read
        self._store = store
        self._parsed: dict[str, RuleSet] = {}

    async def __call__(self, caller: str | None, application_id: str) -> Explained:
        """The application explained, as far as the caller may see it (`Read.application`).

        Raises NotFound, StoreUnavailable, RulesNotKept, MalformedRecord.
        """
        application = await self._read.application(caller, application_id)
        decided = application.decision
        rule_set = await self._rules(decided.rule_set)
        made = explain(application.request.enterprise, application.evidence, rule_set, decided.on)
        # What is read back from the store is written again byte for byte, so these are the stored bytes.
        reproduced = encode_decision(made.decision) == encode_decision(decided)
        if not reproduced:
            log.error("decision_not_reproduced", application=application.id, rule_set=decided.rule_set)
        return Explained(application, made, rule_set, reproduced)

    async def _rules(self, ref: str) -> RuleSet:
        """The rules of this reference, parsed anew from the text that was kept."""
        if (known := self._parsed.get(ref)) is not None:
            return known
        text = await self._store.rule_set_text(ref)
        if text is None:
            raise RulesNotKept(f"no text of {ref} is kept")
        rule_set = parse_rule_set(text, ref)
        if rule_set.ref != ref:
            raise MalformedRecord(f"the text kept as {ref} is that of {rule_set.ref}")
        if len(self._parsed) == KEPT:
            del self._parsed[next(iter(self._parsed))]
        self._parsed[ref] = rule_set
        return rule_set
