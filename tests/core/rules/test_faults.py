"""Every kind of fault that a rule file can have: told by line, with what to write instead, and none beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.errors import ConfigError
from certsvc.core.rules import parse_rule_set
from tests.core.rules.kit import EVERY_KEY, FIRST_EDITION, changed, faults_of

# What is changed into what; how the line begins that is named ("" is the line of the change); how the fault begins.
HEAD = [
    ("format = 1", "format = 2", "", "format: 2 is out of range; write a whole number from 1 to 1"),
    ('"freedonia"', '"Freedonia"', "", "jurisdiction: 'Freedonia' is no name; write lower-case"),
    ('"Europe/Madrid"', '"Europe/Madird"', "", "time_zone: 'Europe/Madird' is not in the IANA database; write"),
    ('"Europe/Madrid"', '"../Madrid"', "", "time_zone: '../Madrid' is not in the IANA"),
    ('currency = "EUR"', "currency = 978", "", "currency: is of the wrong type; write a text in quotes"),
    ('currency = "EUR"\n', "", "# Every key", "currency: is missing; write a text"),
    ("from = 2026-01-01", "from = 2026-01-01T00:00:00", "", "from: is of the wrong type; write a date without quotes"),
    ("until = 2027-01-01", "until = 2026-01-01", "", "until: 2026-01-01 is not after from; write the first day"),
    ('"Freedonia"', '"Free{agency}"', "", "title.en: {agency} is not replaced here; leave it out"),
]
SCHEME = [
    ('"hard_bar"', '"soft_bar"', "", "schemes.tax.requirement: 'soft_bar' is not known here; write \"hard_bar\" or"),
    ('"hard_bar"', '"hard_bar"\nbars = []', "bars", "schemes.tax.bars: only a proof has bars of its own; leave it out"),
    ('["BARRED_DEREGISTERED"]', '["DISPUTED"]', "", "schemes.pension.bars: 'DISPUTED' is not known here; write"),
    ('"UNDER_ARRANGEMENT"\n', '"PROVISIONAL"\n', "", "schemes.tax.arrangement_gives: 'PROVISIONAL' is not known here"),
    ("max_age_days = 30", "max_age_days = -1", "", "schemes.tax.evidence.max_age_days: -1 is out of range; write a"),
    ("max_age_days = 30", "", "[schemes.evidence]", "schemes.tax.evidence.max_age_days: is missing; write a whole"),
    ("standing_days = 365", "standing_days = 90", "", "schemes.tax.evidence.standing_days: 90 is not above the great"),
    ("standing_days = 200", "standing_days = 62", "", "schemes.pension.evidence.standing_days: 62 is not above"),
    ('"use_check_date"', '"guess"', "", "schemes.tax.evidence.undated: 'guess' is not known here; write \"reject\" or"),
    ("late_instalments = 1", "late_instalments = true", "", "schemes.tax.arrangement.late_instalments: is of the wron"),
    ("first_instalment = true", 'first_instalment = "yes"', "", "schemes.tax.arrangement.first_instalment: is of the"),
    ('"from_the_start"', '"never"', "", "schemes.tax.arrangement.broken: 'never' is not known here; write \"from_the_"),
    ('name = "everywhere"', 'name = "north"', "", "schemes.tax.liability.north.name: 'north' is there twice"),
    ("since = 2009-11-01\n", "", "[[schemes.liability]]", "schemes.tax.liability.north.since: is missing; write a dat"),
    ("workers_from = 3", "workers_from = -3", "", "schemes.tax.liability.north.workers_from: -3 cannot be used; write"),
    ('mode = "reuse"', 'mode = "pending"', "reuse_max", "schemes.tax.degraded.reuse_max_age_days: only goes with"),
    ("reuse_max_age_days = 90", "", "[schemes.degraded]", "schemes.tax.degraded.reuse_max_age_days: is missing"),
    ("reuse_max_age_days = 90", "reuse_max_age_days = 30", "", "schemes.tax.degraded.reuse_max_age_days: 30 is not ab"),
    ('["refuse", ', '["refuse", "wait", ', "also", "schemes.tax.degraded.also: 'wait' is not known here; write"),
    ('["refuse", ', '["refuse", "pending", ', "also", 'schemes.tax.degraded.also: "pending" is allowed anyway; leave'),
    ('["refuse", ', '["refuse", "reuse", ', "also", 'schemes.tax.degraded.also: "reuse" is allowed anyway; leave it'),
    ('["refuse", "provisional"]', "[]", "also", "schemes.tax.degraded.also: is empty; write at least one"),
    ("within_days = 90", "within_days = 0", "", "schemes.tax.newly_registered.within_days: 0 is out of range; write"),
    ("Pague en {agency}.", "Pague en {agencia}.", "", "schemes.tax.remedies.BARRED_ARREARS.es: {agencia} is not repl"),
    ('citation = "Tax Act, s. 2"\n', "", "[schemes.evidence]", "schemes.tax.evidence.citation: is missing; write"),
    ("confirmed = true", "confirmed = false", "[[schemes]]", "schemes.tax.note: is missing; write what is not confirm"),
    ("confirmed = true", 'confirmed = "yes"', "", "schemes.tax.confirmed: is of the wrong type; write true or false"),
]
DEBTS = [
    ("amount = 45.10", "amount = 0", "", "schemes.tax.de_minimis.amount: 0 cannot be used; write a number greater"),
    ('"principal", "penalty", "interest"]', '"fine"]', "", "schemes.tax.de_minimis.counts: 'fine' is not known here"),
    ('guaranteed = "bars"\n', "", "[schemes.secured]", 'schemes.tax.secured.guaranteed: is missing; write "bars" or'),
    ('presumed = "leaves_open"', 'presumed = "no"', "", "schemes.tax.presumed.presumed: 'no' is not known here; write"),
    ("lag_days = 8", "lag_days = 91", "", "schemes.tax.posting.lag_days: 91 is out of range; write a whole number fro"),
    ("until = 2026-05-01", "until = 2025-05-01", "", "schemes.tax.amnesties.relief.until: 2025-05-01 is not after"),
    ('"principal_paid", ', '"paid", ', "", "schemes.tax.amnesties.relief.conditions: 'paid' is not known here; write"),
    ("penalty = 1, ", "penalty = 1.01, ", "", "schemes.tax.amnesties.relief.waives.penalty: 1.01 cannot be used; wri"),
    ("{ penalty = 0.5 }", "{}", "", "schemes.tax.amnesties.registration.waives: waives nothing; write penalty,"),
    ('name = "registration"', 'name = "relief"', "", "schemes.tax.amnesties.relief.name: 'relief' is there twice"),
    ("requested = true\n", "", "[[schemes.amnesties]]", "schemes.tax.amnesties.relief.requested: is missing; write tr"),
    ('["BARRED_ARREARS", "BARRED_MISSING_RETURN"]', "[]", "", "schemes.tax.discharges.micro_and_small.bars: is empty"),
    ('needs = ["regularised", "trained"]', "needs = []", "", "schemes.tax.discharges.micro_and_small.needs: is empty"),
    ('sizes = ["MICRO", "SMALL"]', 'sizes = ["BIG"]', "", "schemes.tax.discharges.micro_and_small.sizes: 'BIG' is"),
    ("holds_days = 180", "holds_days = 0", "", "schemes.tax.discharges.micro_and_small.holds_days: 0 is out of range"),
]
GROUPS = [
    ('of = ["tax", "pension"]', 'of = ["pension", "customs"]', "", "proofs.one_of_two.of: 'customs' is no scheme that"),
    ('of = ["tax", "pension"]', 'of = ["pension", "health"]', "", "proofs.one_of_two.of: 'health' is no scheme that"),
    ("at_least = 1", "at_least = 3", "", "proofs.one_of_two.at_least: 3 is out of range; write a whole number from 1 "),
    ("at_least = 1", "at_least = 0", "", "proofs.one_of_two.at_least: 0 is out of range; write a whole number from 1 "),
    ('"left_out"', '"ignored"', "", "proofs.one_of_two.not_applicable: 'ignored' is not known here; write \"met\" or"),
    ('of = ["tax", "pension"]', 'of = ["tax"]', 'requirement = "proof"', "schemes.pension.requirement: no [[proofs]] "),
    ('satisfies = ["tax", "health"]', 'satisfies = ["single_payment"]', "", "regimes.monotax.satisfies: 'single_payme"),
    ('satisfies = ["tax", "health"]', "satisfies = []", "", "regimes.monotax.satisfies: is empty; write at least one"),
    ("net_sales = 81_000", "sector = 1, net_sales = 81_000", "", "regimes.monotax.ceilings.sector: unknown key; write"),
]
ENTERPRISE = [
    ('suffixes = ["S.A."]', 'suffixes = ["S.A.", "S.A."]', "", "names.suffixes: names the same value twice; write eac"),
    ("part_time = 0.5", "part_time = 1.5", "", "head_count.part_time: 1.5 cannot be used; write a number from 0 to 1"),
    ('from = ["e_invoicing"]', "from = []", "", "sources.net_sales.from: is empty; write at least one"),
    ('sectors = ["finance"]', 'sectors = [""]', "", "excluded.sectors: write a list of texts"),
    ("years = 3", "years = 21", "", "tolerance.years: 21 is out of range; write a whole number from 1 to 20"),
    ('"calendar_years"', '"years"', "", "tolerance.counted: 'years' is not known here; write \"calendar_years\" or"),
    ('by = "03-31"', 'by = "02-29"', "", "update.by: '02-29' is no day of every year; write month and day, such as"),
    ('by = "03-31"', 'by = "31-03"', "", "update.by: '31-03' is no day of every year"),
    ('by = "03-31"', 'by = "3-31"', "", "update.by: '3-31' is no day of every year"),
    ('by = "03-31"', "by = 2026-03-31", "", "update.by: is of the wrong type; write a text in quotes"),
]
SIZE = [
    ('method = "limits"', 'method = "guess"', "", "size.method: 'guess' is not known here; write \"weighted_score\" o"),
    ('"head_count_and_any"', '"some"', "", 'size.needs: \'some\' is not known here; write "all" or "any" or'),
    ('certifiable = ["MICRO", "SMALL"]', 'certifiable = ["SMALL"]', "", "size.certifiable: write the first of the cla"),
    ("head_count = { from = 1, to = 5 }", "net_sales = { to = 9 }", "[[size", "size.classes[2].head_count: is m"),
    ("from = 2, to = 9", "from = 20, to = 9", "", "size.classes[1].head_count.to: 9 is below from; write 20 or more"),
    ("{ from = 1, to = 5 }", "{}", "", "size.classes[2].head_count: has no limit; write from, to, or both"),
    ("{ from = 5, to = 50 }", "{ from = 6, to = 50 }", "", "size.classes[3].head_count.from: leaves a gap; write at"),
    ("{ from = 50 }", "{ from = 4 }", "", "size.classes[4].head_count.from: does not rise; write 5 or more, as in the"),
    ("{ from = 5, to = 50 }", "{ from = 5 }", "head_count = { from = 50 }", "size.classes[4].head_count.to: does not"),
    ('sectors = ["crafts"]', 'sectors = ["trade"]', "", "size.classes[2].sectors: another row of MICRO is for the sam"),
    ('class = "MEDIUM"', 'class = "MICRO"', "", "size.classes[4].class: MICRO stands after SMALL; write the classes f"),
    ('class = "MEDIUM"', 'class = "LARGE"', "", "size.classes[4].class: 'LARGE' is not known here; write \"MICRO\" or"),
]
CERTIFICATE = [
    ("UNDER_ARRANGEMENT = 90\n", "", "[validity]", "validity.UNDER_ARRANGEMENT: is missing; write a whole number from"),
    ("PROVISIONAL = 15\n", "", "[validity]", "validity.PROVISIONAL: is missing; write a whole number from 1 to 400"),
    ("FULL = 365", "FULL = 401", "", "validity.FULL: 401 is out of range; write a whole number from 1 to 400"),
    ('name = "fairs"', 'name = "exemption"', "", "effects.exemption.name: 'exemption' is there twice; write each name"),
    ('sizes = ["MICRO"]\nkinds', 'sizes = ["MEDIUM"]\nkinds', "", "effects.exemption.sizes: MEDIUM is never certified"),
    ('"FULL", "PROVISIONAL"', '"FULL", "PARTIAL"', "", "effects.exemption.kinds: 'PARTIAL' is not known here; write"),
    ('on_day = "01-01"', 'on_day = "00-01"', "", "effects.exemption.on_day: '00-01' is no day of every year"),
    ('clear = ["tax", "health"]', 'clear = ["customs"]', "", "effects.exemption.clear: 'customs' is no scheme that ca"),
    ("{ to = 122_145 }", "122_145", "", "effects.exemption.limits.net_sales: is of the wrong type; write the table"),
    ('["fr.company"]', "[]", "", "effects.exemption.identifier_kinds: is empty; write at least one"),
    ("registered_within_days = 365", "registered_within_days = 0.5", "", "effects.exemption.registered_within_days: i"),
    ("days = 30\nwhere", "days = 401\nwhere", "", "appeal.days: 401 is out of range; write a whole number from 1 to 4"),
    ('on = ["payment", ', 'on = ["paid", ', "", 'recheck.on: \'paid\' is not known here; write "payment" or "arrears"'),
    ("share = 0.2", "share = 20", "", "sample.share: 20 cannot be used; write a number greater than 0 and at most 1"),
    ('sizes = ["MICRO"]\ncitation', 'sizes = ["MEDIUM"]\ncitation', "", "sample.sizes: MEDIUM is never certified; wri"),
]
TEXTS = [
    ('workers_home = { es = "el personal a domicilio", en = "home workers" }', "", "[facts]", "facts.workers_home: is"),
    ("PROOFS_NOT_MET {proofs} (es)", "{regime}", "", "reasons.PROOFS_NOT_MET.text.es: {regime} is not replaced here; "),
    ("FACTS_MISSING {fact} (es)", "{fact", "", "reasons.FACTS_MISSING.text.es: { is not replaced here; write {fact}"),
    ("Solicite de nuevo {regime}.", "", "", "reasons.REGIME_SECTOR_EXCLUDED.remedy.es: is empty; write the text"),
    ('"Fairs Act, s. 1"', '" Fairs Act"', "", "effects.fairs.citation: write one line of at most 1000 characters, wit"),
    ('"Fairs Act, s. 1"', '"""\nFairs\nAct"""', "citation", "effects.fairs.citation: write one line of at most 1000"),
    ('"Fairs Act, s. 1"', f'"{"x" * 1001}"', "", "effects.fairs.citation: write one line of at most 1000 characters"),
    ('"Fairs Act, s. 1"', '"Fairs\\tAct"', "", "effects.fairs.citation: write one line of at most 1000 characters"),
]
# The same for a file that tells the size by the score.
SCORE = [
    ("staff = 0.6", "staff = 0.7", "[size.weights]", "size.weights: the weights add up to 1.1; write three that add"),
    ("MICRO = 10", "MICRO = 35", "[size.cut_offs]", "size.cut_offs: the cut-offs do not rise; write MICRO < SMALL < M"),
    ("MICRO = 10", "MICRO = 10.001", "", "size.cut_offs.MICRO: 10.001 has too many decimals; write at most two"),
    ("MICRO = 10", "MICRO = 0", "", "size.cut_offs.MICRO: 0 cannot be used; write a number greater than 0"),
    ("assets = 400_000", "assets = 0", "", "size.sectors.trade.assets: 0 cannot be used; write a number greater than"),
    ('["MICRO", "SMALL"]', "[]", "", "size.certifiable: is empty; write at least one"),
    ('["MICRO", "SMALL"]', '["MICRO", "SMALL", 3]', "", "size.certifiable: write a list of texts"),
    ("[appeal]", "[presumed]\nx = 1\n[appeal]", "[presumed]", "presumed: unknown key; write one of: format, jurisdict"),
]
# Changes from which more than one fault follows; here only the one that is named counts.
WITH_OTHERS = [
    ('zones = ["north"]', "zones = []", "", "schemes.tax.liability.north.zones: is empty; write at least one"),
    ("{ net_sales = 81_000, head_count = 0 }", "{}", "", "regimes.monotax.ceilings: is empty; write one of: head_coun"),
    ('unknown = "missing"', 'unknown = "zero"', "", "head_count.unknown: 'zero' is not known here; write \"none\" or"),
    ("[recheck]\n", "[rechek]\n", "# Every key", "recheck: is missing; write the table [recheck]"),
    ("title = {", "titel = {", "", "titel: unknown key; write one of: format, "),
    ('paid_by = "single_payment"', 'paid_by = "customs"', "", "regimes.monotax.paid_by: 'customs' is no scheme with"),
    ("owner = 0\n", "", "[head_count]", "head_count.owner: is missing; write a number from 0 to 1"),
    ("{ from = 5, to = 50 }", "{ from = 5, to = 9 }", "", "size.classes[3].head_count.to: does not rise; write more"),
    ("head_count = { from = 50 }", "turnover = { from = 50 }", "", "size.classes[4].turnover: unknown key; write one "),
    ("workers_home = {", "workers_owner = {", "", "facts.workers_owner: unknown key; write one of: sector"),
    ("DISPUTED = {", "DISPUTTED = {", "", "reasons.DISPUTTED: unknown key: no rule of this file gives this reason; wr"),
    ("zone = { es", "region = { es", "[facts]", "facts.zone: is missing; write a text in both languages"),
    ("SIZE_BELOW_LIMIT = {", "SIZE_BELOW = {", "[reasons]", "reasons.SIZE_BELOW_LIMIT: is missing; write text and rem"),
    ("where = {", "place = {", "", "schemes.tax.place: unknown key; write one of: name, requirement"),
    ("PAYMENT_NOT_POSTED = {", "CLEAR = {", "", "schemes.tax.remedies.CLEAR: is no reason of this scheme; write one"),
    ("penalty = 1, ", "principal = 1, ", "", "schemes.tax.amnesties.relief.waives.principal: unknown key; write one"),
    ("[sources.net_sales]", "[sources.sales]", "", "sources.sales: unknown key; write one of: name, head_count"),
    ('name = "health"', 'name = "pension"', "", "schemes.pension.name: 'pension' is there twice; write each name once"),
    ("[recheck]\n", "[rechek]\n", "", "rechek: unknown key; write one of: format"),
    ('name = "tax"\n', "", "[[schemes]]", "schemes[1].name: is missing; write a name in quotes"),
    ('name = "tax"\n', 'name = ""\n', "", "schemes[1].name: '' is no name; write lower-case letters"),
    ('requirement = "regime"', 'requirement = "optional"', 'paid_by = "single', "regimes.monotax.paid_by: 'single_pay"),
    ('requirement = "hard_bar"', 'requirement = "regime"', "", "schemes.tax.requirement: no [[regimes]] is paid by it"),
    ("[schemes.presumed]", "[schemes.presume]", "", "schemes.tax.presume: unknown key; write one of: name, requiremen"),
    ("[schemes.presumed]", "[schemes.presume]", "PRESUMED_DEBT", "reasons.PRESUMED_DEBT: unknown key: no rule of this"),
    ("[tolerance]", "tolerance = 3\n[other]", "tolerance = 3", "size.classes[4].tolerance: unknown key"),
    ("[[proofs]]", "[proofs]", "", "proofs: is of the wrong type; write at least one table [[proofs]]"),
    ("permanent = 1", "permanent = 1\n'a\\b' = 2", "'a", "head_count.'a\\\\b': unknown key; write one of"),
]
ONE_EACH = [*HEAD, *SCHEME, *DEBTS, *GROUPS, *ENTERPRISE, *SIZE, *CERTIFICATE, *TEXTS, *SCORE]


def line_of(text: str, at: int, named: str) -> int:
    """The line of that place; with a name, the last one up to there that begins so, or else the first after it."""
    lines = text.splitlines()
    changed_line = text.count("\n", 0, at) + 1
    if not named:
        return changed_line
    found = [number for number, line in enumerate(lines, start=1) if line.lstrip().startswith(named)]
    return max((n for n in found if n <= changed_line), default=min(found, default=0))


@pytest.mark.parametrize(("old", "new", "named", "fault"), ONE_EACH)
def test_each_fault_says_its_line_its_place_and_what_to_write_and_is_alone(
    old: str, new: str, named: str, fault: str
) -> None:
    source = FIRST_EDITION if (old, new, named, fault) in SCORE else EVERY_KEY
    text = changed(source, (old, new))
    found = faults_of(text)
    assert found[0].startswith(f"x.toml:{line_of(text, source.index(old), named)}: {fault}"), found
    assert found[1:] == []


@pytest.mark.parametrize(("old", "new", "named", "fault"), WITH_OTHERS)
def test_a_fault_from_which_others_follow_is_told_with_them(old: str, new: str, named: str, fault: str) -> None:
    at = EVERY_KEY.index(old)
    text = changed(EVERY_KEY, (old, new))
    wanted = f"x.toml:{line_of(text, at, named)}: {fault}"
    assert any(found.startswith(wanted) for found in faults_of(text)), faults_of(text)


def test_all_faults_of_a_file_are_told_together_by_line() -> None:
    text = changed(
        EVERY_KEY,
        ('"Europe/Madrid"', '"Europe/Nowhere"'),
        ("until = 2027-01-01", "until = 2026-01-01\ncolour = 1"),
        ("max_age_days = 30", 'max_age_days = "30"'),
        ("waives = { penalty = 1,", "waives = { penalty = 2,"),
        ('of = ["tax", "pension"]', 'of = ["tax", "pension", "customs"]'),
        ("FULL = 365", "FULL = 401"),
        ("[reasons]\n", "[reasons]\nX = 1\n"),
        ("DISPUTED {agency} {scheme} (es)", "DISPUTED {fact}"),
    )
    found = [fault.split(": ")[:2] for fault in faults_of(text)]
    assert [place for _, place in found] == [
        "time_zone",
        "until",
        "colour",
        "schemes.tax.evidence.max_age_days",
        "schemes.tax.amnesties.relief.waives.penalty",
        "proofs.one_of_two.of",
        "validity.FULL",
        "reasons.X",
        "reasons.DISPUTED.text.es",
    ]
    lines = [int(where.removeprefix("x.toml:")) for where, _ in found]
    assert lines == sorted(lines)
    assert text.splitlines()[lines[-1] - 1].startswith("DISPUTED = ")


def test_rules_under_which_nothing_can_be_proved_are_refused() -> None:
    (*_, fault) = faults_of(FIRST_EDITION.replace('"hard_bar"', '"optional"'))
    assert "schemes.tax.requirement: every scheme is optional, so nothing can be proved; write" in fault


def test_a_head_count_that_counts_nobody_is_refused() -> None:
    weights = "permanent = 1\npart_time = 0.5\ncasual = 1\napprentice = 0\nfamily = 0\nhome = 1\n"
    nobody = "permanent = 0\npart_time = 0\ncasual = 0\napprentice = 0\nfamily = 0\nhome = 0\n"
    found = faults_of(changed(EVERY_KEY, (weights, nobody)))
    assert any(": head_count: counts nobody; write at least one weight above 0" in fault for fault in found)


LINES = EVERY_KEY.splitlines()
ODD = [
    "0",
    "-1",
    "true",
    '""',
    '"x"',
    "[]",
    "{}",
    '["x"]',
    "[{}]",
    "2026-01-01",
    "nan",
    '"optional"',
    '"reuse"',
    '["tax"]',
]


@given(st.lists(st.tuples(st.sampled_from(range(len(LINES))), st.sampled_from(["", *ODD])), min_size=1, max_size=4))
def test_whatever_a_key_holds_a_file_is_taken_or_refused_by_line(changes: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for number, value in changes:
        key, equals, _ = lines[number].partition(" = ")
        lines[number] = f"{key} = {value}" if equals and value else ""
    try:
        parse_rule_set("\n".join(lines), "x.toml")
    except ConfigError as error:
        places = [fault.split(":")[:2] for fault in error.faults]
        assert all(source == "x.toml" and int(number) > 0 for source, number in places)
