"""Rule: a recorded decision is made once more from its own evidence by its own rules, and any difference is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import asyncpg
import pytest
from structlog.testing import capture_logs

from certsvc.core.decision import decide
from certsvc.core.decision.codec import encode_decision
from certsvc.core.errors import MalformedRecord, NotFound, RulesNotKept
from certsvc.core.evidence import in_order
from certsvc.core.model import Evidence, Result, SizeClass, Source
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet
from certsvc.service.explain import ExplainApplication
from certsvc.service.read import Read
from certsvc.service.records import Application
from certsvc.store.postgres import PostgresStore
from tests.service.cases import an_application
from tests.service.conftest import Publishing
from tests.situations import BOOK, RULES, SMALL_FACTS, a_finding, an_enterprise, clear_findings

DAY = date(2026, 6, 1)
OURS = "programme/test"


class Watched(PostgresStore):
    """The store, and how often it is asked for the text of rules."""

    texts: int = 0

    async def rule_set_text(self, ref: str) -> str | None:
        self.texts += 1
        return await super().rule_set_text(ref)


@pytest.fixture
async def store(publishing: Publishing) -> Watched:
    store = await Watched.connect(publishing.dsn)
    publishing.stack.push_async_callback(store.close)
    assert isinstance(store, Watched)
    return store


def explainer(store: PostgresStore) -> ExplainApplication:
    return ExplainApplication(read=Read(store), store=store)


def refused(on: date = DAY) -> Application:
    return an_application(on, a_finding("tax", Outcome.BARRED_ARREARS, on=on), *clear_findings(on)[1:], *SMALL_FACTS)


async def recorded(store: PostgresStore, application: Application, rules: RuleSet = RULES) -> Application:
    await store.keep_rule_set(rules.ref, rules.text)
    return await store.record(application)


async def altered(store: PostgresStore, dsn: str) -> Application:
    """A recorded application whose decision somebody with the right to do anything has changed."""
    application = await recorded(store, refused())
    changed = encode_decision(replace(application.decision, size=SizeClass.MEDIUM))
    sql = await asyncpg.connect(dsn)
    await sql.execute("ALTER TABLE application DISABLE TRIGGER moves_once")
    await sql.execute("UPDATE application SET decision = $1 WHERE id = $2", changed, application.id)
    await sql.close()
    return application


@pytest.mark.parametrize("rules", BOOK.sets, ids=lambda rules: str(rules.first))
async def test_what_was_decided_by_any_version_is_reproduced_to_the_byte(store: Watched, rules: RuleSet) -> None:
    for made in (refused(rules.first), an_application(rules.first, *clear_findings(rules.first), *SMALL_FACTS)):
        application = await recorded(store, made, rules)
        explained = await explainer(store)(OURS, application.id)
        assert explained.reproduced
        assert encode_decision(explained.explanation.decision) == encode_decision(application.decision)
        assert explained.rule_set.ref == rules.ref
        assert {step.rule for step in explained.explanation.steps} >= {"schemes.tax", "size"}


async def test_evidence_that_came_in_another_order_is_reproduced(store: Watched) -> None:
    backwards = an_application(DAY, *clear_findings(DAY)[::-1], *SMALL_FACTS[::-1])
    application = await recorded(store, backwards)
    assert (await explainer(store)(OURS, application.id)).reproduced


async def test_what_was_reported_and_what_an_operator_switched_is_reproduced_from_the_record_alone(
    store: Watched,
) -> None:
    silent = a_finding("social_security", Outcome.UNAVAILABLE)
    others = tuple(f for f in clear_findings(DAY) if f.scheme != "social_security")
    reported = replace(a_finding("tax", Outcome.BARRED_ARREARS), source=Source.EVENT)
    for found, result in (((silent, *others), Result.GRANTED), ((silent, *others, reported), Result.REFUSED)):
        evidence = in_order(Evidence(found, SMALL_FACTS, (("ccss", "provisional"),)))
        decision = decide(an_enterprise(), evidence, RULES, DAY)
        assert decision.result is result
        application = await recorded(store, replace(refused(), evidence=evidence, decision=decision))
        explained = await explainer(store)(OURS, application.id)
        assert explained.reproduced
        steps = {step.rule: step for step in explained.explanation.steps}
        assert steps["schemes.social_security.degraded"].detail("mode") == "provisional"


async def test_an_altered_decision_is_logged_and_said_never_hidden(store: Watched, publishing: Publishing) -> None:
    application = await altered(store, publishing.dsn)
    with capture_logs() as logs:
        explained = await explainer(store)(OURS, application.id)
    assert not explained.reproduced
    assert explained.explanation.decision == application.decision, "what the rules and the evidence say"
    assert explained.application.decision.size is SizeClass.MEDIUM, "what the record says"
    (entry,) = logs
    assert (entry["log_level"], entry["event"]) == ("error", "decision_not_reproduced")
    assert entry["application"] == application.id


async def test_the_rules_are_those_that_the_store_kept_parsed_once(store: Watched) -> None:
    explain = explainer(store)
    for _ in range(3):
        application = await recorded(store, refused())
        assert (await explain(OURS, application.id)).reproduced
    assert store.texts == 1


async def test_without_the_text_of_the_rules_nothing_is_explained(store: Watched) -> None:
    application = await store.record(refused())
    with pytest.raises(RulesNotKept):
        await explainer(store)(OURS, application.id)


async def test_a_text_that_is_not_the_one_that_decided_explains_nothing(store: Watched) -> None:
    await store.keep_rule_set(RULES.ref, RULES.text + "\n")
    application = await store.record(refused())
    with pytest.raises(MalformedRecord):
        await explainer(store)(OURS, application.id)


async def test_another_callers_application_is_not_found_and_who_sees_all_sees_it(store: Watched) -> None:
    application = await recorded(store, refused())
    with pytest.raises(NotFound):
        await explainer(store)("programme/other", application.id)
    assert (await explainer(store)(None, application.id)).reproduced
