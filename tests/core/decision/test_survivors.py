"""Small slips that mutation testing showed nothing else would notice."""

from __future__ import annotations

from datetime import date, timedelta

from certsvc.core.account import Account, Arrangement, DebtState, Discharge
from tests.core.decision.kit import (
    ARRANGED,
    ARREARS,
    BROKEN,
    CLEAR,
    DAY,
    NO_RETURN,
    NOT_REGISTERED,
    OUT,
    briefly,
    debt,
    decided,
    ends,
    facts,
    owing,
    rules,
    scheme,
    steps,
    told,
)

BROKEN_ARRANGEMENT = Account(arrangement=Arrangement(date(2026, 1, 1), broken_on=date(2026, 5, 1)))
EVIDENCE = "schemes.tax.evidence"


def test_the_answer_that_its_particulars_make_a_bar_is_told_as_that_bar_and_no_other_answer_is() -> None:
    other = told(agency="other")
    said = briefly(rules(), EVIDENCE, told(account=BROKEN_ARRANGEMENT), other)
    assert said == ["PASSED BARRED_ARRANGEMENT_BROKEN limit=30", "PASSED CLEAR limit=30"]
    both = told(ARREARS, BROKEN)
    assert briefly(rules(), EVIDENCE, both) == ["PASSED BARRED_ARREARS limit=30"]


def test_every_decision_tells_day_rules_and_size() -> None:
    for findings in ((), (told(ARREARS),), (told(),)):
        decision = decided(rules(), *findings)
        assert (decision.on, decision.rule_set, decision.size) == (DAY, rules().ref, "MICRO")


def test_a_group_that_fails_lists_every_bar_of_its_proofs_and_the_facts_that_were_missing() -> None:
    liable = "[[schemes.liability]]\nname = 'ground'\nsince = 2020-01-01\nzones = ['north']\n"
    group = (
        "[[proofs]]\nname = 'all'\ntitle = { es = 'all', en = 'all' }\nat_least = 1\nof = ['levy']\n"
        "not_applicable = 'left_out'\n"
    )
    refuse = "[schemes.degraded]\nmode = 'refuse'\n"
    rule_set = rules(scheme(), scheme("levy", liable + refuse, requirement="proof"), more=group)
    missed = told(NO_RETURN, NOT_REGISTERED, scheme="levy")
    said = "REFUSED PROOFS_NOT_MET.all levy:BARRED_MISSING_RETURN levy:BARRED_NOT_REGISTERED"
    assert ends(rule_set, told(), missed) == f"{said} FACTS_MISSING.zone"
    assert ends(rule_set, told(), told(NO_RETURN, scheme="levy"), told(OUT, scheme="levy", agency="other")) == (
        "REFUSED PROOFS_NOT_MET.all levy:BARRED_MISSING_RETURN levy:UNAVAILABLE"
    )


def test_every_missing_fact_of_a_ceiling_is_asked_for() -> None:
    regime = (
        "[[regimes]]\nname = 'mono'\ntitle = { es = 'mono', en = 'mono' }\npaid_by = 'flat'\nsatisfies = ['tax']\n"
        "ceilings = { net_sales = 10, total_assets = 10 }\n"
    )
    rule_set = rules(scheme(), scheme("flat", requirement="regime"), more=regime)
    known = facts(head_count=5, regime="mono")
    asked = "REFUSED FACTS_MISSING.net_sales FACTS_MISSING.total_assets"
    assert ends(rule_set, told(scheme="flat"), known=known) == asked


def test_a_head_count_with_one_declared_part_is_the_callers_word() -> None:
    count = "[head_count]\npermanent = 1\npart_time = 1\ncasual = 0\napprentice = 0\nfamily = 0\nhome = 0\nowner = 0\n"
    liable = "[[schemes.liability]]\nname = 'ground'\nsince = 2020-01-01\nworkers_from = 10\n"
    rule_set = rules(scheme(more=liable), scheme("levy"), more=count + "unknown = 'none'\n")
    levy, registered = told(scheme="levy"), facts(workers_permanent=3)
    assert ends(rule_set, levy, known=registered) == "FULL 365"
    mixed = (*registered, *facts("declared", workers_part_time=1))
    assert ends(rule_set, levy, known=mixed) == "UNDECIDED tax:NO_FINDING"


def test_a_zone_that_no_ground_names_counts_if_an_agency_tells_it() -> None:
    rule_set = rules(
        scheme(more="[[schemes.liability]]\nname = 'ground'\nsince = 2020-01-01\nzones = ['north']\n"), scheme("levy")
    )
    findings = (told(NOT_REGISTERED), told(scheme="levy"))
    assert ends(rule_set, *findings, known=facts(head_count=5, zone="elsewhere")) == "FULL 365"
    declared = (*facts(head_count=5), *facts("declared", zone="elsewhere"))
    assert ends(rule_set, *findings, known=declared) == "REFUSED tax:BARRED_NOT_REGISTERED FACTS_MISSING.zone"
    assert ends(rule_set, *findings, known=(*facts(head_count=5), *facts("declared", zone=" NORTH "))) == (
        "REFUSED tax:BARRED_NOT_REGISTERED"
    )


def test_an_amnesty_is_in_force_on_its_first_day() -> None:
    table = (
        "[[schemes.amnesties]]\nname = 'relief'\nfrom = 2026-06-01\nuntil = 2026-07-01\n"
        "conditions = ['principal_paid']\nwaives = { penalty = 1 }\nrequested = false\n"
    )
    rule_set, path = rules(scheme(more=table)), "schemes.tax.amnesties.relief"
    assert briefly(rule_set, path, told(), on=DAY) == ["NOT_APPLICABLE"]
    before = DAY - timedelta(days=1)
    assert briefly(rule_set, path, told(on=before), on=before) == ["NOT_IN_FORCE"]


def test_a_missing_return_that_is_no_longer_excused_can_be_discharged() -> None:
    rule = (
        "[schemes.newly_registered]\nwithin_days = 10\n[[schemes.discharges]]\nname = 'trained'\n"
        "bars = ['BARRED_MISSING_RETURN']\nsizes = ['MICRO']\nneeds = ['regularised']\nrequest_within_days = 30\n"
        "once_in_days = 365\nholds_days = 100\n"
    )
    done = Discharge(NO_RETURN, DAY - timedelta(days=5), DAY - timedelta(days=4), DAY)
    account = Account(registered_on=DAY - timedelta(days=10), discharges=(done,))
    assert ends(rules(scheme(more=rule)), told(NO_RETURN, account=account)) == "FULL 100"


def test_debts_after_a_completed_arrangement_are_arrears_unless_paid_by_the_day() -> None:
    completed = Arrangement(date(2025, 1, 1), completed_on=date(2026, 1, 1))
    owed, paid = debt("9"), debt("9", paid_on=DAY)
    assert ends(rules(), told(ARRANGED, account=Account(debts=(owed,), arrangement=completed))) == (
        "REFUSED tax:BARRED_ARREARS"
    )
    assert ends(rules(), told(ARRANGED, account=Account(debts=(paid,), arrangement=completed))) == "FULL 365"


def test_secured_debts_show_as_an_arrangement_and_nothing_owed_after_a_waiver_does_not() -> None:
    secured = "[schemes.secured]\nsuspended = 'clear_under_arrangement'\nguaranteed = 'bars'\n"
    suspended = debt("9", state=DebtState.SUSPENDED)
    assert ends(rules(scheme(more=secured)), owing(suspended)) == "UNDER_ARRANGEMENT 90"
    assert ends(rules(scheme(more=secured)), told(CLEAR, account=Account(debts=(suspended,)))) == "UNDER_ARRANGEMENT 90"
    assert ends(rules(), told(CLEAR, account=Account(debts=(suspended,)))) == "FULL 365"


def test_a_medium_enterprise_is_too_large_where_its_class_is_not_certified() -> None:
    (first, *_) = steps(rules(), "size", told(), known=facts(head_count=50))
    assert (first.state, first.code) == ("FAILED", "SIZE_ABOVE_LIMIT")
