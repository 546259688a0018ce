"""Rules: whatever differs between two rule sets is said, once, in both languages, with what the rule rests on."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from certsvc.core.errors import ConfigError
from certsvc.core.model import FactName, Text
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet, enterprise, model, parse_rule_set, scheme
from certsvc.core.rules.differences.compare import differences
from certsvc.core.rules.differences.outline import Node, outline
from certsvc.core.rules.differences.sentences import Change
from certsvc.core.rules.differences.words import KINDS, LABELS, WORDS
from tests.core.rules.kit import EVERY_KEY, FIRST_EDITION, changed

EVERY = parse_rule_set(EVERY_KEY, "x.toml")
SCORED = parse_rule_set(FIRST_EDITION, "x.toml")
NODES = [node for rules in (EVERY, SCORED) for node in outline(rules)]


def between(*changes: tuple[str, str], text: str = EVERY_KEY) -> tuple[Change, ...]:
    """What is said of these changes to a text."""
    return differences(parse_rule_set(text, "old"), parse_rule_set(changed(text, *changes), "new"))


def said(*changes: tuple[str, str], text: str = EVERY_KEY) -> list[tuple[str, str]]:
    return [(change.text.en, change.text.es) for change in between(*changes, text=text)]


@pytest.mark.parametrize("rules", [EVERY, SCORED], ids=["every_key", "first_edition"])
def test_a_rule_set_does_not_differ_from_itself(rules: RuleSet) -> None:
    assert differences(rules, rules) == ()


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.path)
def test_every_kind_of_rule_and_every_value_has_its_words(node: Node) -> None:
    assert node.kind in KINDS
    for leaf in node.leaves:
        assert f"{node.kind}.{leaf.field}" in LABELS or isinstance(leaf.value, Text), leaf


def test_no_words_are_kept_for_what_is_not_in_the_vocabulary() -> None:
    assert set(KINDS) == {node.kind for node in NODES}
    assert set(LABELS) == {f"{node.kind}.{leaf.field}" for node in NODES for leaf in node.leaves} - {
        f"{node.kind}.{leaf.field}" for node in NODES for leaf in node.leaves if isinstance(leaf.value, Text)
    }


def test_every_choice_of_the_vocabulary_has_its_word() -> None:
    named = [kind for module in (model, scheme, enterprise) for kind in vars(module).values()]
    kinds = [kind for kind in named if isinstance(kind, type) and issubclass(kind, StrEnum)]
    choices = {word.value for kind in kinds if kind not in (FactName, Outcome) for word in kind}
    assert choices - {"StrEnum"} == set(WORDS) - {"principal", "penalty", "interest"} | choices & set(WORDS)


@pytest.mark.parametrize(
    ("old", "new", "en", "es"),
    [
        (
            "max_age_days = 30",
            "max_age_days = 31",
            "The greatest age of the evidence for taxes rises from 30 to 31 days.",
            "La edad máxima de los datos sobre los impuestos sube de 30 a 31 días.",
        ),
        (
            "until = 2026-05-01",
            "until = 2026-06-01",
            "The closing day (not included) of the amnesty relief for taxes moves from 2026-05-01 to 2026-06-01.",
            "El día de cierre (excluido) de la amnistía relief sobre los impuestos pasa de 2026-05-01 a 2026-06-01.",
        ),
        (
            "interest = 0.75",
            "interest = 0.5",
            "The share of interest waived of the amnesty relief for taxes falls from 75 % to 50 %.",
            "La parte condonada de intereses de la amnistía relief sobre los impuestos baja de 75 % a 50 %.",
        ),
        (
            "amount = 45.10",
            "amount = 1000",
            "The amount of the negligible debt for taxes rises from 45.1 to 1 000 EUR.",
            "El monto de la deuda insignificante por los impuestos sube de 45.1 a 1 000 EUR.",
        ),
        (
            'sectors = ["trade", "crafts"]\n',
            "",
            "The list of sectors of the ground of liability north for taxes changes from crafts, trade to all.",
            "La lista de sectores de la causa de sujeción north a los impuestos cambia de crafts, trade a todos.",
        ),
        (
            'broken = "from_the_start"',
            'broken = "from_the_break"',
            "The consequence of a break of the payment arrangements for taxes changes from loss from the signature on "
            "to loss from then on.",
            "El efecto del incumplimiento de los arreglos de pago por los impuestos cambia de pérdida desde la firma a "
            "pérdida desde entonces.",
        ),
        (
            "first_instalment = true",
            "first_instalment = false",
            "The demand for the first instalment of the payment arrangements for taxes changes from yes to no.",
            "La exigencia de la primera cuota de los arreglos de pago por los impuestos cambia de sí a no.",
        ),
        (
            "until = 2027-01-01\n",
            "",
            "The end (first day without them) of the rules changes from 2027-01-01 to none.",
            "El final (primer día sin ellas) de las normas cambia de 2027-01-01 a ninguno.",
        ),
        (
            "older_than_days = 365\n",
            "",
            "The least age of the periods of the amnesty relief for taxes changes from 365 days to none.",
            "La edad mínima de los periodos de la amnistía relief sobre los impuestos cambia de 365 días a ninguno.",
        ),
        (
            "fixed_assets = { to = 100 }",
            "fixed_assets = { from = 1, to = 100 }",
            "The limit of fixed assets of the class SMALL changes from up to 100 to between 1 and 100.",
            "El límite de los activos fijos de la clase SMALL cambia de hasta 100 a entre 1 y 100.",
        ),
        (
            'by = "03-31"',
            'by = "04-30"',
            "The last day of the yearly update of data changes from 03-31 to 04-30.",
            "El último día de la actualización anual de datos cambia de 03-31 a 04-30.",
        ),
        (
            'citation = "Fairs Act, s. 1"',
            'citation = "Fairs Act, s. 2"',
            "The legal basis of the effect “the fairs” changes from “Fairs Act, s. 1” to “Fairs Act, s. 2”.",
            "La base legal del efecto «las ferias» cambia de «Fairs Act, s. 1» a «Fairs Act, s. 2».",
        ),
        (
            'confirmed = false\nnote = "Illustrative."',
            "confirmed = true",
            "Yearly sample is now confirmed.",
            "Ahora se confirma la muestra anual.",
        ),
        (
            'days = 30\non = ["payment", "arrears", "arrangement_broken"]',
            'days = 30\non = ["arrears"]',
            "The list of events that cause it of the recheck changes from broken arrangement, arrears, payment to "
            "arrears.",
            "La lista de sucesos que la causan de la nueva comprobación cambia de arreglo incumplido, mora, pago a "
            "mora.",
        ),
    ],
)
def test_a_changed_value_is_one_sentence_in_each_language(old: str, new: str, en: str, es: str) -> None:
    ((told_en, told_es),) = said((old, new))
    assert (told_en, told_es) == (en, es)


def test_a_new_rule_is_said_with_what_it_holds_and_its_citation() -> None:
    start = EVERY_KEY.index('[[schemes.amnesties]]\nname = "registration"')
    end = EVERY_KEY.index("[schemes.presumed]")
    without = parse_rule_set(EVERY_KEY[:start] + EVERY_KEY[end:], "old")
    (change,) = differences(without, EVERY)
    assert change.text.en == (
        "Amnesty registration for taxes is new (first day: 2026-01-01; closing day (not included): 2026-07-01; "
        "list of conditions: registration; share of penalties waived: 50 %)."
    )
    assert change.text.es == (
        "Se añade la amnistía registration sobre los impuestos (primer día: 2026-01-01; día de cierre (excluido): "
        "2026-07-01; lista de condiciones: inscripción; parte condonada de multas: 50 %)."
    )
    assert change.citation == "Relief Act, s. 2"
    (gone,) = differences(EVERY, without)
    assert gone.text == Text(
        "Se suprime la amnistía registration sobre los impuestos.", "Amnesty registration for taxes is gone."
    )
    assert gone.citation == "Relief Act, s. 2"


def test_of_a_duty_that_is_gone_its_rules_are_not_listed() -> None:
    start = EVERY_KEY.index('[[schemes]]\nname = "health"')
    end = EVERY_KEY.index('[[schemes]]\nname = "single_payment"')
    text = (EVERY_KEY[:start] + EVERY_KEY[end:]).replace('["tax", "health"]', '["tax"]')
    told = [change.text.en for change in differences(EVERY, parse_rule_set(text, "new"))]
    assert "Duty “health insurance” is gone." in told
    assert not any("evidence for health insurance" in sentence for sentence in told)


def test_a_text_that_every_duty_shares_is_shown_once_with_its_placeholders() -> None:
    old = 'BARRED_MISSING_RETURN = { text = { es = "BARRED_MISSING_RETURN {agency} {scheme} (es)"'
    (change,) = between((old, old.replace("(es)", "(ES)")))
    assert change.path == "reasons.BARRED_MISSING_RETURN.text"
    assert change.text.es.endswith(
        "«BARRED_MISSING_RETURN {agency} {scheme} (es)» → «BARRED_MISSING_RETURN {agency} {scheme} (ES)»"
    )


def test_another_title_of_a_duty_is_not_a_change_of_every_reason() -> None:
    (change,) = between(
        ('title = { es = "las pensiones", en = "pensions" }', 'title = { es = "la pensión", en = "a pension" }')
    )
    assert change.text.en == "schemes.pension.title: “pensions” → “a pension”"


def test_the_order_of_duties_is_that_of_reasons_and_so_a_change() -> None:
    start = EVERY_KEY.index('[[schemes]]\nname = "pension"')
    middle = EVERY_KEY.index('[[schemes]]\nname = "health"')
    end = EVERY_KEY.index('[[schemes]]\nname = "single_payment"')
    text = EVERY_KEY[:start] + EVERY_KEY[middle:end] + EVERY_KEY[start:middle] + EVERY_KEY[end:]
    (change,) = differences(EVERY, parse_rule_set(text, "new"))
    assert change.path == "schemes"


def test_the_bars_of_another_requirement_go_without_saying() -> None:
    change = between(('requirement = "hard_bar"', 'requirement = "proof"'))
    assert [c.path for c in change] == ["schemes.tax.requirement"]


NUMBERS = list(re.finditer(r"(?<![-\w\".])\d[\d_]*(?![-\w\".])", EVERY_KEY[: EVERY_KEY.index("[facts]")]))


@pytest.mark.parametrize("match", NUMBERS, ids=lambda m: f"{EVERY_KEY.count(chr(10), 0, m.start()) + 1}")
@pytest.mark.parametrize("by", [1, -1])
def test_no_other_number_goes_unsaid(match: re.Match[str], by: int) -> None:
    text = EVERY_KEY[: match.start()] + str(int(match[0].replace("_", "")) + by) + EVERY_KEY[match.end() :]
    try:
        other = parse_rule_set(text, "new")
    except ConfigError:
        return
    (change,) = differences(EVERY, other)
    assert " rises from " in change.text.en or " falls from " in change.text.en or " changes from " in change.text.en
    assert change.citation
