"""What people read: there exactly if a rule can give it, with names put in, and with the law it rests on."""

from __future__ import annotations

from certsvc.core.model import Text
from certsvc.core.rules import parse_rule_set
from certsvc.core.rules.codes import RuleCode, reason_key
from tests.core.rules.kit import EVERY_KEY, changed, faults_of

RULES = parse_rule_set(EVERY_KEY, "x.toml")
TAX, PENSION, *_ = RULES.schemes


def test_the_texts_of_a_reason_have_the_names_put_in() -> None:
    arrears = TAX.reasons["BARRED_ARREARS"]
    assert arrears.text.en == "BARRED_ARREARS the Tax Office taxes"
    assert (arrears.remedy, arrears.scheme) == (
        Text("Pague en la Oficina de Impuestos.", "Pay at the Tax Office."),
        "tax",
    )
    assert PENSION.reasons["BARRED_ARREARS"].remedy.en == "Ask the Fund."
    ceiling = RULES.reasons[reason_key(RuleCode.REGIME_CEILING_EXCEEDED, "monotax", "net_sales")]
    assert ceiling.text.en == "REGIME_CEILING_EXCEEDED the monotax net sales"
    assert RULES.reasons["PROOFS_NOT_MET.one_of_two"].remedy.es == "Solicite de nuevo una de dos."
    assert RULES.reasons["FACTS_MISSING.workers_home"].text.en == "FACTS_MISSING home workers"


def test_every_reason_is_ready_to_be_read() -> None:
    reasons = [*RULES.reasons.values(), *(r for scheme in RULES.schemes for r in scheme.reasons.values())]
    for reason in reasons:
        for text in (reason.text.es, reason.text.en, reason.remedy.es, reason.remedy.en, reason.citation):
            assert text
            assert "{" not in text


def test_each_reason_cites_the_rule_it_rests_on() -> None:
    cited = {code: reason.citation for code, reason in TAX.reasons.items()}
    assert (cited["BARRED_ARREARS"], cited["EVIDENCE_STALE"]) == ("Tax Act, s. 1", "Tax Act, s. 2")
    assert (cited["BARRED_ARRANGEMENT_BROKEN"], cited["PRESUMED_DEBT"]) == ("Tax Act, s. 3", "Tax Act, s. 8")
    assert cited["PAYMENT_NOT_POSTED"] == "Tax Act, s. 9"
    wanted = {
        "NAME_MISMATCH": "Companies Act, s. 1",
        "SIZE_BELOW_LIMIT": "Small Enterprise Act, s. 3",
        "SECTOR_EXCLUDED": "Small Enterprise Act, s. 2",
        "DATA_UPDATE_MISSED": "Small Enterprise Act, s. 5",
        "REGIME_SECTOR_EXCLUDED.monotax": "Single Payment Act, s. 3",
        "PROOFS_NOT_MET.one_of_two": "Small Enterprise Act, s. 1",
        "FACTS_MISSING.workers_casual": "Labour Act, s. 1",
        "FACTS_MISSING.zone": "Tax Act, s. 4",
        "FACTS_MISSING.sector": "Small Enterprise Act, s. 3",
    }
    assert {key: RULES.reasons[key].citation for key in wanted} == wanted


def test_a_reason_is_there_exactly_if_a_rule_can_give_it() -> None:
    assert {"PRESUMED_DEBT", "PAYMENT_NOT_POSTED"} <= set(TAX.reasons)
    assert {"PRESUMED_DEBT", "PAYMENT_NOT_POSTED"}.isdisjoint(PENSION.reasons)
    missing = {key.removeprefix("FACTS_MISSING.") for key in RULES.reasons if key.startswith("FACTS_MISSING.")}
    counted = {"workers_permanent", "workers_part_time", "workers_casual", "workers_home"}
    assert missing == {"sector", "zone", "net_sales", "fixed_assets", *counted}
    assert set(RULES.fact_titles) == {*missing, "head_count"}, "a ceiling has the title of the whole head count"


def test_a_head_count_that_takes_the_unknown_for_none_is_missing_as_a_whole() -> None:
    text = changed(EVERY_KEY, ('unknown = "missing"', 'unknown = "none"'))
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("workers_")]
    rules = parse_rule_set("".join(lines), "x.toml")
    assert "FACTS_MISSING.head_count" in rules.reasons
    assert not any(key.startswith("FACTS_MISSING.workers_") for key in rules.reasons)


def test_size_classes_that_no_sector_tells_apart_know_no_unknown_sector() -> None:
    text = changed(EVERY_KEY, ('sectors = ["trade"]\n', ""), ('sectors = ["crafts"]\n', ""))
    second = 'class = "MICRO"\nhead_count = { from = 1, to = 5 }'
    text = changed(text, (second, 'class = "SMALL"\nhead_count = { from = 5, to = 50 }'))
    third = text.index('[[size.classes]]\nclass = "SMALL"\nhead_count = { from = 5, to = 50 }\nnet_sales')
    text = text[:third] + text[text.index('[[size.classes]]\nclass = "MEDIUM"') :]
    (unknown_fact, unknown_reason) = faults_of(text)
    assert "facts.fixed_assets: unknown key" in unknown_fact
    assert "reasons.SECTOR_UNKNOWN: unknown key: no rule of this file gives this reason" in unknown_reason
