"""A rule file as the first edition wrote it goes on meaning what it meant, since stored decisions name it."""

from __future__ import annotations

from decimal import Decimal

from certsvc.core.model import CertificateKind, FactName, SizeClass, Text
from certsvc.core.outcome import Outcome, Standing
from certsvc.core.rules import parse_rule_set
from certsvc.core.rules.scheme import ArrangementRule, Broken, Requirement
from certsvc.core.rules.size import ScoreRule
from certsvc.core.rules.terms import Basis
from tests.core.rules.kit import FIRST_EDITION

FIRST = parse_rule_set(FIRST_EDITION, "x.toml")
BARRED = frozenset(outcome for outcome in Outcome if outcome.standing is Standing.BARRED)


def test_a_text_of_the_first_edition_is_read_with_its_first_meaning() -> None:
    (tax,) = FIRST.schemes
    assert tax.arrangement == ArrangementRule(
        CertificateKind.UNDER_ARRANGEMENT, False, 0, Broken.FROM_THE_BREAK, Basis("Tax Act, s. 12", confirmed=True)
    )
    assert (tax.requirement, tax.bars, tax.where) == (Requirement.HARD_BAR, BARRED, Text("", ""))
    assert (tax.de_minimis, tax.secured, tax.presumed, tax.posting) == (None, None, None, None)
    assert (tax.newly_registered, tax.degraded) == (None, None)
    assert not any((tax.liability, tax.amnesties, tax.discharges, FIRST.proofs, FIRST.regimes, FIRST.effects))
    assert (FIRST.head_count, FIRST.excluded, FIRST.tolerance, FIRST.update, FIRST.sample) == (None,) * 5
    assert (dict(FIRST.sources), FIRST.appeal.where, FIRST.recheck.on) == ({}, Text("", ""), frozenset())
    assert FIRST.validity == {CertificateKind.FULL: 365, CertificateKind.UNDER_ARRANGEMENT: 90}


def test_a_text_of_the_first_edition_measures_size_by_the_score() -> None:
    size = FIRST.size
    assert isinstance(size, ScoreRule)
    assert size.cut_offs == tuple(zip(SizeClass, map(Decimal, (10, 35, 100)), strict=True))
    assert (str(size.weights.staff), size.sectors[0].assets_fact) == ("0.6", FactName.TOTAL_ASSETS)
    assert size.certifiable == (SizeClass.MICRO, SizeClass.SMALL)
    facts = {"sector", "head_count", "net_sales", "total_assets"}
    plain = {"NAME_MISMATCH", "AGENCIES_DISAGREE_ON_NAME", "SECTOR_UNKNOWN", "SIZE_ABOVE_LIMIT"}
    assert set(FIRST.reasons) == plain | {f"FACTS_MISSING.{fact}" for fact in facts}


def test_the_digest_of_a_text_of_the_first_edition_never_changes() -> None:
    assert FIRST.ref == "example/2026-01-01#sha256-8NAYDSd8ecEoQn78yVL9wXEVL1Oxlx8fOYQzk6dBI3A"
