"""Every mechanism of the policy brief stands in a shipped rule set, with the brief's figures.

A line of the table names the country, what its system does, and how a rule book shows it. That the rules then decide
as they should is shown by each country's case table; here a mechanism cannot disappear from the files unseen.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from certsvc.core.model import FactName, SizeClass
from certsvc.core.rules.model import Event
from certsvc.rulesets import load, shipped
from tests.rulesets.shows import (
    Shows,
    agencies,
    arrears_bar,
    by_zone,
    ceiling,
    counts,
    cut_offs,
    discharged_by_training,
    earned_by_registering,
    every,
    excludes,
    for_debts,
    has_amnesties,
    is_optional,
    last,
    lost_from_the_start,
    one_payment_for,
    only_from,
    opens,
    proofs,
    rechecks_on,
    samples,
    scheme,
    score,
    score_ends_at,
    secured_debts_do_not_bar,
    since,
    some_scheme,
    staff,
    threshold,
    to_legal_persons_on_new_years_day,
    to_micro_and_small,
    to_new_firms,
    tolerates_calendar_years,
    under,
    up_to,
    updated_by,
    waives,
)

MICRO, SMALL = SizeClass.MICRO, SizeClass.SMALL
HEAD_COUNT, NET_SALES = FactName.HEAD_COUNT, FactName.NET_SALES
FIXED, TOTAL = FactName.FIXED_ASSETS, FactName.TOTAL_ASSETS

load_once = cache(load)

JORDAN = {
    date(2008, 1, 1): {"aqaba"},
    date(2009, 11, 1): {"irbid"},
    date(2010, 3, 1): {"maan"},
    date(2010, 5, 1): {"karak", "tafila"},
    date(2010, 6, 1): {"madaba"},
    date(2010, 10, 1): {"mafraq", "balqa"},
    date(2010, 12, 1): {"jerash", "ajloun"},
    date(2011, 5, 1): {"amman", "zarqa"},
}

P = score(industry=(100, FIXED), commerce=(30, TOTAL), services=(30, TOTAL), information_technology=(50, TOTAL))
LEY_9428 = opens("legal_persons_tax_exemption", under("Ley 9428"))
LEY_10392 = opens("income_tax_start", under("Ley 10392"))

MECHANISMS: dict[str, dict[str, Shows]] = {
    "ilo": {
        "micro is 2 to 9 employees, own-account workers out": lambda book: staff(MICRO, 2, 9)(book.sets[0]),
        "in a later version own-account workers are in": since(date(2025, 1, 1), staff(MICRO, 1, 9)),
        "small goes on to 49 employees": lambda book: staff(SMALL, 2, 49)(book.sets[0]),
    },
    "costa_rica": {
        "arrears bar by themselves": every(arrears_bar("tax", "social_security", "family_allowances")),
        "two of three proofs stand beside the bars": every(proofs(2, of=3)),
        "the score P has denominators by sector": every(P),
        "P ends micro at 10, small at 35, medium at 100": every(score_ends_at(10, 35, 100)),
        "three amnesty laws": last(has_amnesties("ley_10232", "ley_10432", "ley_10604")),
        "data is updated each year by 31 March": every(updated_by(3, 31)),
        "Ley 9428 is for micro and small": every(LEY_9428, opens("legal_persons_tax_exemption", to_micro_and_small)),
        "Ley 9428 looks at legal persons on 1 January": every(
            opens("legal_persons_tax_exemption", to_legal_persons_on_new_years_day)
        ),
        "Ley 10392 is for new firms": since(date(2024, 1, 1), LEY_10392),
        "Ley 10392 ends at 122.145 million": last(opens("income_tax_start", up_to(NET_SALES, 122_145_000))),
    },
    "brazil": {
        "one payment satisfies several duties": every(one_payment_for("tax", "social_security", "municipal")),
        "Simples ends at R$ 4.8 million": since(date(2018, 1, 1), ceiling("simples_nacional", NET_SALES, 4_800_000)),
        "the MEI has at most one employee": every(ceiling("mei", HEAD_COUNT, 1)),
        "intellectual professions are no MEI": every(excludes("mei", "accounting", "law", "medicine")),
        "secured debts are positive with the effect of negative": every(some_scheme(secured_debts_do_not_bar)),
    },
    "argentina": {
        "one payment instead of four": every(one_payment_for("income_tax", "vat", "pension", "health_insurance")),
    },
    "uruguay": {
        "one payment satisfies tax and pension": every(one_payment_for("tax", "pension")),
        "health is voluntary": every(scheme("health", is_optional)),
    },
    "chile": {
        "one portal answers for five institutions": every(agencies(5, 1, 1)),
        "a payment takes days to show": every(some_scheme(lambda rule: rule.posting is not None)),
        "debt is presumed": every(some_scheme(lambda rule: rule.presumed is not None)),
        "micro and small discharge a fine by putting it right and training": every(
            scheme("labour_fines", discharged_by_training)
        ),
        "the simplified tax regime opens": every(opens("simplified_tax_regime", to_micro_and_small)),
    },
    "philippines": {
        "six agencies in one application": every(agencies(1, 1, 1, 1, 1, 1)),
    },
    "fiji": {
        "a payment makes a check due": every(rechecks_on(Event.PAYMENT)),
    },
    "peru": {
        "20 per cent of micro enterprises are inspected": every(samples("0.2", MICRO)),
        "the class is kept for three calendar years": since(
            date(2026, 1, 1), lambda rules: tolerates_calendar_years(rules) == 3
        ),
        "turnover comes from electronic invoices": every(only_from(NET_SALES, "e_invoicing")),
    },
    "zambia": {
        "all penalties of the pandemic months are waived, later 75 per cent": every(
            waives("covid_months", "1"), waives("covid_months_late", "0.75")
        ),
        "of other old months 75 per cent, later 60": every(
            waives("older_debts", "0.75"), waives("older_debts_late", "0.6")
        ),
        "the pandemic has a first and a last month": every(
            for_debts("covid_months", date(2020, 3, 14), before=date(2022, 9, 9)),
            for_debts("covid_months_late", date(2020, 3, 14), before=date(2022, 9, 9)),
        ),
        "registering in time spares the penalties before": every(earned_by_registering("registration")),
        "the first cut-off was moved by a year": cut_offs("covid_months", date(2025, 1, 8), date(2026, 1, 8)),
        "so was the second": cut_offs("older_debts_late", date(2026, 1, 9), date(2027, 1, 9)),
        "so was that for registering": cut_offs("registration", date(2025, 1, 8), date(2026, 1, 8)),
    },
    "algeria": {
        "the deadline for a plan was moved twice": cut_offs(
            "article_57_plan", date(2016, 4, 1), date(2016, 7, 1), date(2017, 1, 1)
        ),
        "so was that for paying": cut_offs("article_57_payment", date(2016, 4, 1), date(2016, 7, 1), date(2017, 1, 1)),
        "no amnesty is for the current duty": every(scheme("current_contributions", lambda rule: not rule.amnesties)),
        "a plan that is not kept is lost from the start": every(scheme("old_contributions", lost_from_the_start)),
    },
    "korea": {
        "health insurance comes down from more than 500 workers to five": every(
            threshold("health_insurance", (1977, 501), (1979, 300), (1981, 100), (1983, 16), (1988, 5))
        ),
        "the pension from more than ten to five": every(threshold("national_pension", (1988, 11), (1992, 5))),
        "employment insurance from 30 to all": every(threshold("employment_insurance", (1995, 30), (1998, 1))),
    },
    "viet_nam": {
        "five workers, then all": every(threshold("social_insurance", (1995, 5), (2005, 1))),
        "contracts of one month count too": since(date(2018, 1, 1), counts(permanent="1", casual="1")),
    },
    "cambodia": {
        "eight workers, then one": every(threshold("occupational_risk", (2008, 8), (2017, 1))),
    },
    "jordan": {
        "firms under five workers are brought in zone by zone": every(by_zone("social_security", JORDAN)),
        "five workers are liable everywhere": every(threshold("social_security", (2002, 5))),
    },
    "malawi": {
        "casual workers, apprentices and tenants count, part-time by half, family and owner not": every(
            counts(casual="1", apprentice="1", home="1", part_time="0.5", family="0", owner="0")
        ),
    },
    "india": {
        "casual and home-based workers count, the self-employed do not": every(counts(casual="1", home="1", owner="0")),
        "investment and turnover come from tax records": every(only_from(FIXED, "cbdt"), only_from(NET_SALES, "gstn")),
    },
    "singapore": {
        "banks lend on better terms": every(opens("bank_credit", to_micro_and_small)),
        "new companies are exempt from income tax": every(opens("start_up_tax_exemption", to_new_firms)),
        "small turnover stays outside the sales tax": every(
            opens("goods_and_services_tax_exemption", up_to(NET_SALES, 1_000_000))
        ),
        "turnover comes from a named source": every(only_from(NET_SALES, "iras")),
    },
}

LINES = [
    pytest.param(country, shows, id=f"{country}: {mechanism}")
    for country, mechanisms in MECHANISMS.items()
    for mechanism, shows in mechanisms.items()
]


@pytest.mark.parametrize(("country", "shows"), LINES)
def test_every_mechanism_of_the_brief_stands_in_a_shipped_rule_set(country: str, shows: Shows) -> None:
    assert shows(load_once(country))


def test_the_table_names_every_shipped_country() -> None:
    assert MECHANISMS.keys() == set(shipped())
