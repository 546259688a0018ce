"""A rule file becomes typed rules: each key where it belongs, and every text ready to be read."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

from certsvc.core.model import WORKERS, CertificateKind, FactName, SizeClass, Text
from certsvc.core.outcome import Outcome
from certsvc.core.rules import parse_rule_set
from certsvc.core.rules.enterprise import (
    ClassLimits,
    Counted,
    EffectRule,
    ExclusionRule,
    LimitsRule,
    NameRule,
    Needs,
    SourceRule,
    ToleranceRule,
    Uncounted,
    UpdateRule,
)
from certsvc.core.rules.model import AppealRule, Event, RecheckRule, SampleRule
from certsvc.core.rules.scheme import (
    Act,
    AmnestyRule,
    ArrangementRule,
    Broken,
    Component,
    Condition,
    Degraded,
    DegradedRule,
    DeMinimisRule,
    DischargeRule,
    EvidenceRule,
    LiabilityRule,
    NewlyRegisteredRule,
    NotApplicable,
    PostingRule,
    PresumedDebt,
    PresumedRule,
    ProofRule,
    RegimeRule,
    Requirement,
    SecuredDebt,
    SecuredRule,
    Undated,
)
from certsvc.core.rules.terms import Basis, DayOfYear, Range
from tests.core.rules.kit import EVERY_KEY, FIRST_EDITION, changed

RULES = parse_rule_set(EVERY_KEY, "x.toml")
FIRST = parse_rule_set(FIRST_EDITION, "x.toml")
TAX, PENSION, HEALTH, SINGLE = RULES.schemes
BARRED = frozenset(outcome for outcome in Outcome if outcome.value.startswith("BARRED"))
NOTHING: frozenset[str] = frozenset()


def law(citation: str) -> Basis:
    return Basis(citation, confirmed=True)


def test_a_rule_set_is_named_by_jurisdiction_first_day_and_the_digest_of_the_exact_text() -> None:
    assert RULES.digest == hashlib.sha256(EVERY_KEY.encode()).digest()
    assert RULES.text == EVERY_KEY
    place, _, digest = RULES.ref.partition("#sha256-")
    assert place == "freedonia/2026-01-01"
    assert len(digest) == 43
    assert parse_rule_set(EVERY_KEY + "# a word\n", "x.toml").ref != RULES.ref


def test_the_head_of_a_file_says_where_and_when_it_holds() -> None:
    assert (RULES.jurisdiction, RULES.title, RULES.currency) == ("freedonia", Text("Libertonia", "Freedonia"), "EUR")
    assert (RULES.first, RULES.until, RULES.time_zone.key) == (date(2026, 1, 1), date(2027, 1, 1), "Europe/Madrid")
    assert parse_rule_set(changed(EVERY_KEY, ("until = 2027-01-01\n", "")), "x.toml").until is None


def test_a_scheme_has_its_requirement_and_the_outcomes_that_refuse_by_themselves() -> None:
    assert [scheme.requirement for scheme in RULES.schemes] == list(Requirement)
    assert TAX.bars == HEALTH.bars == BARRED
    assert PENSION.bars == frozenset({Outcome.BARRED_DEREGISTERED})
    own_bars = 'bars = ["BARRED_DEREGISTERED"]\n'
    assert parse_rule_set(changed(EVERY_KEY, (own_bars, "")), "x.toml").schemes[1].bars == NOTHING
    assert (TAX.where, PENSION.where) == (Text("en su sitio", "on its site"), Text("", ""))
    assert (TAX.title.en, TAX.agency.en, TAX.basis) == ("taxes", "the Tax Office", law("Tax Act, s. 1"))


def test_evidence_has_an_age_and_what_is_done_while_the_agency_is_out() -> None:
    assert TAX.evidence == EvidenceRule(30, 365, Undated.USE_CHECK_DATE, law("Tax Act, s. 2"))
    assert TAX.degraded == DegradedRule(
        Degraded.REUSE, frozenset({Degraded.REFUSE, Degraded.PROVISIONAL}), 90, law("Tax Act, s. 12")
    )
    assert PENSION.degraded == DegradedRule(Degraded.PROVISIONAL, frozenset(), 0, law("Pension Act, s. 3"))
    assert HEALTH.degraded is None


def test_an_operator_may_switch_to_the_mode_of_the_rule_to_waiting_and_to_what_else_it_names() -> None:
    assert TAX.degraded is not None
    assert PENSION.degraded is not None
    assert [mode for mode in Degraded if TAX.degraded.allows(mode)] == list(Degraded)
    assert [mode for mode in Degraded if PENSION.degraded.allows(mode)] == [Degraded.PENDING, Degraded.PROVISIONAL]
    assert TAX.degraded.possible == set(Degraded)
    assert [PENSION.degraded.under(mode) for mode in (None, "pending", "refuse", "reuse", "no mode")] == [
        Degraded.PROVISIONAL,
        Degraded.PENDING,
        Degraded.PROVISIONAL,
        Degraded.PROVISIONAL,
        Degraded.PROVISIONAL,
    ]


def test_earlier_evidence_needs_an_age_where_an_operator_may_switch_to_it() -> None:
    switched = changed(EVERY_KEY, ('mode = "reuse"\nalso = ["refuse"', 'mode = "pending"\nalso = ["reuse"'))
    rule = parse_rule_set(switched, "x.toml").schemes[0].degraded
    assert rule is not None
    assert (rule.mode, rule.reuse_max_age_days) == (Degraded.PENDING, 90)


def test_a_scheme_says_who_is_liable() -> None:
    north, everywhere = TAX.liability
    assert north == LiabilityRule(
        name="north",
        since=date(2009, 11, 1),
        zones=frozenset({"north"}),
        sectors=frozenset({"trade", "crafts"}),
        workers_from=Decimal(3),
        basis=law("Tax Act, s. 4"),
    )
    assert (everywhere.zones, everywhere.sectors, everywhere.workers_from) == (NOTHING, NOTHING, Decimal(0))
    assert PENSION.liability == ()


def test_a_scheme_says_what_becomes_of_debts() -> None:
    everything = frozenset(Component)
    assert TAX.de_minimis == DeMinimisRule(Decimal("45.10"), everything, law("Tax Act, s. 6"))
    assert TAX.secured == SecuredRule(SecuredDebt.CLEAR_UNDER_ARRANGEMENT, SecuredDebt.BARS, law("Tax Act, s. 7"))
    assert TAX.presumed == PresumedRule(PresumedDebt.LEAVES_OPEN, law("Tax Act, s. 8"))
    assert TAX.posting == PostingRule(8, law("Tax Act, s. 9"))
    assert TAX.newly_registered == NewlyRegisteredRule(90, law("Tax Act, s. 11"))


def test_an_arrangement_rule_is_there_even_if_the_file_has_none() -> None:
    under = CertificateKind.UNDER_ARRANGEMENT
    assert TAX.arrangement == ArrangementRule(under, True, 1, Broken.FROM_THE_START, law("Tax Act, s. 3"))
    assert PENSION.arrangement == ArrangementRule(
        CertificateKind.FULL, False, 0, Broken.FROM_THE_BREAK, law("Pension Act, s. 1")
    )


def test_each_key_of_an_arrangement_rule_has_its_default() -> None:
    keys = 'first_instalment = true\nlate_instalments = 1\nbroken = "from_the_start"\n'
    found = parse_rule_set(changed(EVERY_KEY, (keys, "")), "x.toml").schemes[0].arrangement
    assert (found.first_instalment, found.late_instalments, found.broken) == (False, 0, Broken.FROM_THE_BREAK)
    assert found.basis == law("Tax Act, s. 3")


def test_amnesties_have_a_window_conditions_and_shares() -> None:
    relief, registration = TAX.amnesties
    assert relief == AmnestyRule(
        name="relief",
        first=date(2025, 5, 1),
        until=date(2026, 5, 1),
        conditions=frozenset({Condition.PRINCIPAL_PAID, Condition.ARRANGEMENT}),
        waives={Component.PENALTY: Decimal(1), Component.INTEREST: Decimal("0.75")},
        requested=True,
        debts_from=date(2018, 1, 1),
        debts_before=date(2024, 1, 1),
        older_than_days=365,
        basis=law("Relief Act, s. 1"),
    )
    assert registration.waives == {Component.PENALTY: Decimal("0.5")}
    assert (registration.requested, registration.debts_before, registration.older_than_days) == (False, None, None)


def test_a_discharge_has_its_bars_sizes_acts_and_periods() -> None:
    assert TAX.discharges == (
        DischargeRule(
            name="micro_and_small",
            bars=frozenset({Outcome.BARRED_ARREARS, Outcome.BARRED_MISSING_RETURN}),
            sizes=frozenset({SizeClass.MICRO, SizeClass.SMALL}),
            needs=frozenset(Act),
            request_within_days=30,
            once_in_days=365,
            holds_days=180,
            basis=law("Tax Act, s. 10"),
        ),
    )


def test_proofs_and_regimes_join_schemes() -> None:
    assert RULES.proofs == (
        ProofRule(
            name="one_of_two",
            title=Text("una de dos", "one of two"),
            at_least=1,
            of=("tax", "pension"),
            not_applicable=NotApplicable.LEFT_OUT,
            basis=law("Small Enterprise Act, s. 1"),
        ),
    )
    assert RULES.regimes == (
        RegimeRule(
            name="monotax",
            title=Text("el monotributo", "the monotax"),
            paid_by="single_payment",
            satisfies=("tax", "health"),
            ceilings={FactName.HEAD_COUNT: Decimal(0), FactName.NET_SALES: Decimal(81_000)},
            excluded_sectors=frozenset({"accounting"}),
            basis=law("Single Payment Act, s. 3"),
        ),
    )


def test_the_head_count_weighs_each_category_of_workers() -> None:
    rule = RULES.head_count
    assert rule is not None
    assert tuple(rule.weights) == WORKERS
    assert [str(weight) for weight in rule.weights.values()] == ["1", "0.5", "1", "0", "0", "1", "0"]
    assert rule.unknown is Uncounted.MISSING


def test_facts_have_sources_and_sectors_may_be_excluded() -> None:
    assert RULES.names == NameRule(frozenset({"sa"}), law("Companies Act, s. 1"))
    assert RULES.sources == {
        FactName.NET_SALES: SourceRule(frozenset({"e_invoicing"}), 400, law("Invoice Act, s. 1")),
        FactName.SECTOR: SourceRule(frozenset({"declared", "registry"}), None, law("Invoice Act, s. 2")),
    }
    assert RULES.excluded == ExclusionRule(frozenset({"finance"}), law("Small Enterprise Act, s. 2"))


def test_size_classes_have_limits_by_sector() -> None:
    size = RULES.size
    assert isinstance(size, LimitsRule)
    assert (size.needs, size.certifiable) == (Needs.HEAD_COUNT_AND_ANY, (SizeClass.MICRO, SizeClass.SMALL))
    trade, _, small, medium = size.classes
    assert trade == ClassLimits(
        size=SizeClass.MICRO,
        sectors=frozenset({"trade"}),
        limits={
            FactName.HEAD_COUNT: Range(Decimal(2), Decimal(9)),
            FactName.NET_SALES: Range(None, Decimal(1_000_000)),
        },
    )
    assert (small.sectors, small.limits[FactName.NET_SALES].high) == (NOTHING, Decimal("5000000.50"))
    assert medium.limits == {FactName.HEAD_COUNT: Range(Decimal(50), None)}
    assert RULES.size_basis == law("Small Enterprise Act, s. 3")


def test_upkeep_has_its_days() -> None:
    assert RULES.tolerance == ToleranceRule(3, Counted.CALENDAR_YEARS, law("Small Enterprise Act, s. 4"))
    assert RULES.update == UpdateRule(DayOfYear(3, 31), law("Small Enterprise Act, s. 5"))
    assert list(RULES.validity.items()) == list(zip(CertificateKind, (365, 90, 15), strict=True))
    assert RULES.appeal == AppealRule(30, Text("ante la Corte", "at the Court"), law("Procedure Act, s. 1"))
    assert RULES.recheck == RecheckRule(30, frozenset(Event), law("Procedure Act, s. 2"))
    illustrative = Basis("Inspection Act, s. 1", confirmed=False, note="Illustrative.")
    assert RULES.sample == SampleRule(Decimal("0.2"), frozenset({SizeClass.MICRO}), illustrative)


def test_effects_have_conditions_of_their_own() -> None:
    exemption, fairs = RULES.effects
    assert exemption == EffectRule(
        name="exemption",
        title=Text("la exención", "the exemption"),
        sizes=frozenset({SizeClass.MICRO}),
        kinds=frozenset({CertificateKind.FULL, CertificateKind.PROVISIONAL}),
        on_day=DayOfYear(1, 1),
        clear=frozenset({"tax", "health"}),
        limits={
            FactName.HEAD_COUNT: Range(Decimal(1), Decimal(5)),
            FactName.NET_SALES: Range(None, Decimal(122_145)),
        },
        identifier_kinds=frozenset({"fr.company"}),
        registered_within_days=365,
        basis=law("Exemption Act, s. 1"),
    )
    assert (fairs.sizes, fairs.kinds, fairs.on_day, fairs.clear) == (NOTHING, NOTHING, None, NOTHING)
    assert (fairs.limits, fairs.identifier_kinds, fairs.registered_within_days) == ({}, NOTHING, None)


def test_every_rule_that_the_file_writes_is_listed_with_what_it_rests_on() -> None:
    where = [place for place, _ in RULES.bases]
    assert len(where) == len(set(where)) == EVERY_KEY.count("\ncitation = ")
    wanted = "schemes.tax", "schemes.tax.arrangement", "schemes.tax.amnesties.relief", "sources.sector", "effects.fairs"
    assert set(wanted) <= set(where)
    assert RULES.unconfirmed == (("sample", "Illustrative."),)
