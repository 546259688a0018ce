"""A rule file is taken whole or refused with all its faults; a book has one rule set for each day."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.errors import ConfigError, NoRuleSet
from certsvc.core.model import CertificateKind, SizeClass
from certsvc.core.rules import RuleBook, RuleSet, parse_rule_set
from certsvc.core.rules.model import ENTERPRISE_CODES, SCHEME_CODES, Undated
from tests.situations import BOOK, RULES
from tests.strategies import days

TEXT = files("certsvc.rulesets").joinpath("costa_rica_2026.toml").read_bytes().decode()


def faults_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_rule_set(text, "x.toml")
    return caught.value.faults


def changed(*changes: tuple[str, str]) -> str:
    """The shipped file with each text replaced once."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def period(
    first: str, until: str | None, zone: str = "America/Costa_Rica", jurisdiction: str = "costa_rica"
) -> RuleSet:
    dates = f"from = {first}\n" + (f"until = {until}\n" if until else "")
    text = changed(
        ("from = 2026-01-01\n", dates),
        ('"America/Costa_Rica"', f'"{zone}"'),
        ('jurisdiction = "costa_rica"', f'jurisdiction = "{jurisdiction}"'),
    )
    return parse_rule_set(text, "x.toml")


def test_a_rule_set_is_named_by_jurisdiction_first_day_and_the_digest_of_the_exact_text() -> None:
    rule_set = parse_rule_set(TEXT, "x.toml")
    assert rule_set.digest == hashlib.sha256(TEXT.encode()).digest()
    assert rule_set.text == TEXT
    place, _, digest = rule_set.ref.partition("#sha256-")
    assert place == "costa_rica/2026-01-01"
    assert len(digest) == 43
    with_comment = parse_rule_set(TEXT + "# a word\n", "x.toml")
    assert with_comment.ref != rule_set.ref


def test_the_file_is_read_into_typed_rules() -> None:
    assert [scheme.name for scheme in RULES.schemes] == ["tax", "social_security", "family_allowances"]
    tax, social_security, _ = RULES.schemes
    assert tax.evidence.undated is Undated.USE_CHECK_DATE
    assert social_security.evidence.undated is Undated.REJECT
    assert social_security.basis.citation == "Ley Constitutiva de la CCSS, art. 74"
    assert tax.arrangement_gives is CertificateKind.UNDER_ARRANGEMENT
    assert RULES.size.cut_offs == tuple(zip(SizeClass, map(Decimal, (10, 35, 100)), strict=True))
    assert isinstance(RULES.size.weights.staff, Decimal)
    assert (RULES.currency, RULES.appeal.days, RULES.recheck.days) == ("CRC", 30, 30)
    assert max(RULES.validity.values()) <= 400


def test_every_reason_has_both_texts_both_remedies_a_citation_and_no_placeholder_left() -> None:
    by_scheme = [scheme.reasons[code] for scheme in RULES.schemes for code in SCHEME_CODES]
    reasons = [*by_scheme, *(RULES.reasons[code] for code in ENTERPRISE_CODES if code != "FACTS_MISSING")]
    reasons += [reason for key, reason in RULES.reasons.items() if key.startswith("FACTS_MISSING.")]
    for reason in reasons:
        for text in (reason.text.es, reason.text.en, reason.remedy.es, reason.remedy.en, reason.citation):
            assert text
            assert "{" not in text


def test_each_reason_cites_the_rule_it_rests_on() -> None:
    tax = RULES.schemes[0]
    assert tax.reasons["BARRED_ARREARS"].citation == tax.basis.citation
    assert tax.reasons["EVIDENCE_STALE"].citation == tax.evidence.basis.citation
    for code in ("NAME_MISMATCH", "AGENCIES_DISAGREE_ON_NAME"):
        assert RULES.reasons[code].citation == RULES.names.basis.citation
    assert RULES.reasons["SIZE_ABOVE_LIMIT"].citation == "Decreto 39295-MEIC, art. 17"


def test_what_no_source_confirms_is_listed_with_its_note() -> None:
    where = dict(RULES.unconfirmed)
    assert "size.sectors.information_technology" in where
    assert "schemes.social_security" not in where
    assert all(where.values())


def test_all_faults_of_a_file_are_reported_together() -> None:
    found = faults_of(
        changed(
            ('time_zone = "America/Costa_Rica"', 'time_zone = "America/Nowhere"'),
            ("from = 2026-01-01", "from = 2026-01-01\nuntil = 2026-01-01\ncolour = 1"),
            ("staff = 0.6", "staff = 0.7"),
            ("SMALL = 35", "SMALL = 135"),
            ("max_age_days = 7", 'max_age_days = "7"'),
            ("FULL = 365", "FULL = 401"),
            ('[facts]\nsector = { es = "el sector de actividad", ', "[facts]\nsector = { "),
            ("[reasons.DISPUTED]", "[reasons.DISPUTTED]"),
        )
    )
    places = [fault.split(": ")[1] for fault in found]
    assert sorted(places) == sorted(
        [
            "time_zone",
            "until",
            "colour",
            "size.weights",
            "size.cut_offs",
            "schemes.tax.evidence.max_age_days",
            "validity.FULL",
            "facts.sector.es",
            "reasons.DISPUTED",
            "reasons.DISPUTTED",
        ]
    )
    assert all(fault.startswith("x.toml: ") and "write" in fault for fault in found), found


@pytest.mark.parametrize(
    ("old", "new", "place", "instead"),
    [
        ("format = 1", "format = 2", "format", "from 1 to 1"),
        ("format = 1", "format = true", "format", "whole number"),
        ('jurisdiction = "costa_rica"', 'jurisdiction = "Costa Rica"', "jurisdiction", "lower-case"),
        ("from = 2026-01-01", 'from = "2026-01-01"', "from", "without quotes"),
        ("from = 2026-01-01", "from = 2026-01-01T00:00:00", "from", "without quotes"),
        ("from = 2026-01-01", "", "from", "is missing"),
        ("from = 2026-01-01", "from = 2026-01-01\nuntil = 2025-01-01", "until", "not after from"),
        ('"hard_bar"', '"soft_bar"', "schemes.tax.requirement", '"hard_bar"'),
        ('name = "family_allowances"', 'name = "tax"', "schemes", "'tax' is there twice"),
        ('name = "tax"\n', "", "schemes[1].name", "is missing"),
        ("max_age_days = 7", "max_age_days = 365", "schemes.tax.evidence.standing_days", "more than 365"),
        ("max_age_days = 7", "max_age_days = -1", "schemes.tax.evidence.max_age_days", "from 0"),
        ('undated = "reject"', 'undated = "ignore"', "schemes.social_security.evidence.undated", '"use_check_date"'),
        ("confirmed = true", "confirmed = false", "schemes.social_security.note", "is missing"),
        ("confirmed = true", 'confirmed = "yes"', "schemes.social_security.confirmed", "true or false"),
        ('"MICRO", "SMALL"', '"SMALL", "MICRO"', "size.certifiable", "first ones"),
        ('["MICRO", "SMALL", "MEDIUM"]', "[]", "size.certifiable", "at least one"),
        ('["MICRO", "SMALL", "MEDIUM"]', '["MICRO", 3]', "size.certifiable", "list of texts"),
        ('"S.A.",', '"S.A.", "S.A.",', "names.suffixes", "each once"),
        ("MICRO = 10", "MICRO = 35", "size.cut_offs", "MICRO < SMALL"),
        ("MICRO = 10", "MICRO = 10.001", "size.cut_offs.MICRO", "two"),
        ("MICRO = 10", "MICRO = nan", "size.cut_offs.MICRO", "greater than 0"),
        ("staff = 100", "staff = 0", "size.sectors.industry.staff", "greater than 0"),
        ('name = "services"', 'name = "commerce"', "size.sectors", "'commerce' is there twice"),
        ('"fixed_assets"', '"assets"', "size.sectors.industry.assets_fact", '"total_assets"'),
        ("UNDER_ARRANGEMENT = 90", "", "validity.UNDER_ARRANGEMENT", "is missing"),
        ("UNDER_ARRANGEMENT = 90", "UNDER_ARRANGEMENT = 0", "validity.UNDER_ARRANGEMENT", "from 1"),
        ("[recheck]", "[reckeck]", "recheck", "is missing"),
        ("{fact} y solicite", "{name} y solicite", "reasons.FACTS_MISSING.remedy.es", "{fact}"),
        ("Según {agency}, hay deudas", "Según {agencia}, hay deudas", "reasons.BARRED_ARREARS.text.es", "{agency}"),
        ("BARRED_NOT_REGISTERED = {", "CLEAR = {", "schemes.tax.remedies.CLEAR", "BARRED_ARREARS"),
        ('"national taxes"', '"national {taxes}"', "schemes.tax.title.en", "leave it out"),
        ('"national taxes"', '" national taxes"', "schemes.tax.title.en", "blanks"),
        ('"national taxes"', f'"{"x" * 1001}"', "schemes.tax.title.en", "at most 1000"),
        ('"national taxes"', '""', "schemes.tax.title.en", "empty"),
        ('"national taxes"', '"national\\ntaxes"', "schemes.tax.title.en", "one line"),
        ('fixed_assets = { es = "el valor', 'fixed = { es = "el valor', "facts.fixed_assets", "is missing"),
    ],
)
def test_each_fault_says_where_it_is_and_what_to_write_instead(old: str, new: str, place: str, instead: str) -> None:
    found = faults_of(changed((old, new)))
    assert any(fault.startswith(f"x.toml: {place}: ") and instead in fault for fault in found), found


@pytest.mark.parametrize("text", ["", "schemes = 3", "schemes = []", "schemes = [1]\nsize = []", "reasons.X = 1"])
def test_any_toml_gives_faults_and_never_another_error(text: str) -> None:
    assert len(faults_of(text)) > 5


def test_an_empty_list_and_a_nameless_entry_are_said_by_place() -> None:
    assert "x.toml: schemes: is empty; write at least one table [[schemes]]" in faults_of("schemes = []")
    assert any(fault.startswith("x.toml: schemes[1].name: ") for fault in faults_of('schemes = [{ name = "" }]'))


@pytest.mark.parametrize("text", ["from = ", "a = 1\na = 2", "x = " + "[" * 5000])
def test_what_is_not_toml_is_one_fault(text: str) -> None:
    (fault,) = faults_of(text)
    assert fault.startswith("x.toml: is not TOML: ")


@given(st.sampled_from(TEXT.splitlines(keepends=True)))
def test_a_file_with_a_line_missing_is_taken_or_refused_with_faults(line: str) -> None:
    try:
        parse_rule_set(TEXT.replace(line, "", 1), "x.toml")
    except ConfigError as error:
        found = error.faults
    else:
        found = ["taken"]
    assert found


@given(days)
def test_every_date_has_exactly_one_rule_set_or_a_clear_error(on: date) -> None:
    covering = [rule_set for rule_set in BOOK.sets if rule_set.covers(on)]
    if covering:
        assert covering == [BOOK.in_force(on)]
    else:
        with pytest.raises(NoRuleSet, match=f"no rules for {on}: they reach from 2025-01-01"):
            BOOK.in_force(on)


def test_an_interval_holds_its_first_day_and_not_its_last() -> None:
    book = RuleBook([period("2026-01-01", "2026-07-01"), period("2025-03-01", "2026-01-01")])
    earlier, later = book.sets
    assert (earlier.first, later.first) == (date(2025, 3, 1), date(2026, 1, 1))
    for on, wanted in [
        (date(2025, 3, 1), earlier),
        (date(2025, 12, 31), earlier),
        (date(2026, 1, 1), later),
        (date(2026, 6, 30), later),
    ]:
        assert book.in_force(on) is wanted
    for on in (date(2025, 2, 28), date(2026, 7, 1)):
        with pytest.raises(NoRuleSet, match="until 2026-07-01"):
            book.in_force(on)


def test_without_until_rules_hold_until_replaced() -> None:
    assert RuleBook([period("2026-01-01", None)]).in_force(date.max).first == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("periods", "fault"),
    [
        ([("2025-01-01", "2026-01-02"), ("2026-01-01", None)], "overlap; write until = 2026-01-01"),
        ([("2025-01-01", None), ("2026-01-01", None)], "has no end"),
        ([("2025-01-01", "2025-12-31"), ("2026-01-01", None)], "no rules from 2025-12-31 to 2026-01-01"),
        ([("2026-01-01", None), ("2026-01-01", None)], "has no end"),
    ],
)
def test_a_book_refuses_overlaps_and_gaps(periods: list[tuple[str, str | None]], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        RuleBook([period(first, until) for first, until in periods])


def test_a_book_reports_every_fault_and_refuses_mixtures() -> None:
    odd = period("2026-02-01", None, zone="America/Lima", jurisdiction="peru")
    with pytest.raises(ConfigError) as caught:
        RuleBook([period("2025-01-01", "2026-01-01"), odd])
    assert len(caught.value.faults) == 3


def test_a_book_has_at_least_one_rule_set() -> None:
    with pytest.raises(ConfigError, match="no rule set"):
        RuleBook([])


@pytest.mark.parametrize(
    ("instant", "on"),
    [
        (datetime(2026, 1, 1, 5, 59, 59, 999999, tzinfo=UTC), date(2025, 12, 31)),
        (datetime(2026, 1, 1, 6, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 1, 2, 5, 59, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 7, 1, 6, tzinfo=UTC), date(2026, 7, 1)),  # no daylight saving
        (datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=2))), date(2026, 1, 1)),
    ],
)
def test_the_year_begins_at_midnight_in_costa_rica_and_not_in_utc(instant: datetime, on: date) -> None:
    assert BOOK.legal_date(instant) == on
    assert BOOK.in_force(BOOK.legal_date(instant)).first.year == on.year


def test_an_instant_without_zone_has_no_legal_date() -> None:
    with pytest.raises(ValueError, match="without zone"):
        BOOK.legal_date(datetime(2026, 1, 1))  # noqa: DTZ001  the very fault


def test_a_rule_set_is_found_by_the_name_that_decisions_carry() -> None:
    assert [BOOK.by_ref(rule_set.ref) for rule_set in BOOK.sets] == list(BOOK.sets)
    with pytest.raises(NoRuleSet, match="no rule set nowhere"):
        BOOK.by_ref("nowhere/2026-01-01#sha256-x")


def test_the_shipped_periods_follow_each_other() -> None:
    assert all(earlier.until == later.first for earlier, later in pairwise(BOOK.sets))
