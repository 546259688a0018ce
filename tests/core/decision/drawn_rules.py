"""Rule sets over the whole vocabulary, as files that are parsed.

It is a small world on purpose: a few schemes, agencies, amounts and names, and days within weeks of the one legal
date `ON`. So what is drawn at random meets what the rules ask for, and the limits of it, again and again. Strategies
are made once, because making one costs more than drawing from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

from certsvc.core.model import DECLARED, WORKERS, CertificateKind, FactName, SizeClass
from certsvc.core.outcome import Outcome
from certsvc.core.rules import RuleSet, parse_rule_set
from certsvc.core.rules.enterprise import Counted, Needs, Uncounted
from certsvc.core.rules.model import Event
from certsvc.core.rules.scheme import (
    Act,
    Broken,
    Component,
    Condition,
    Degraded,
    NotApplicable,
    PresumedDebt,
    Requirement,
    SecuredDebt,
    Undated,
)
from tests.strategies import BARRED, UNKNOWN

ON = date(2026, 6, 1)
AGENCIES = ("north", "south")
SCHEMES = ("tax", "health", "pension", "work")
FLAT, REGIME = "flat", "monotax"
OUTAGES = (Outcome.UNAVAILABLE, Outcome.RATE_LIMITED)
SECTORS, ZONES = ("farm", "shop", "mill"), ("hill", "coast")
NUMBERS = (FactName.HEAD_COUNT, FactName.NET_SALES, FactName.FIXED_ASSETS, FactName.TOTAL_ASSETS)

Table = dict[str, Any]
_BASIS = {"citation": "art. 1", "confirmed": True}
_TEXT = {"es": "texto", "en": "text"}

few = st.integers(1, 12)
numbers = st.integers(0, 8).map(lambda halves: Decimal(halves) / 2)


@cache
def near(day: date = ON, before: int = 20, after: int = 20) -> st.SearchStrategy[date]:
    """Days around that day."""
    return st.integers(-before, after).map(lambda days: day + timedelta(days))


@cache
def _some(values: Iterable[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([*values]), min_size=1, unique=True)


def _rule(optional: Mapping[str, st.SearchStrategy[Any]] | None = None, **parts: Any) -> st.SearchStrategy[Table]:
    return st.fixed_dictionaries(parts, optional=dict(optional or {})).map(lambda table: table | _BASIS)


def _rows(rows: st.SearchStrategy[Table], most: int = 2) -> st.SearchStrategy[list[Table]]:
    """Up to so many rows, each with a name of its own."""
    return st.lists(rows, max_size=most).map(
        lambda found: [{"name": f"rule_{number}"} | row for number, row in enumerate(found)]
    )


# --- One duty ---

_windows = st.tuples(near(), st.integers(1, 25)).map(lambda w: {"from": w[0], "until": w[0] + timedelta(w[1])})
_shares = st.sampled_from((Decimal(1), Decimal("0.75"), Decimal("0.5")))
_amnesties = st.tuples(
    _windows,
    _rule(
        conditions=_some(tuple(Condition)),
        waives=st.dictionaries(st.sampled_from(("penalty", "interest")), _shares, min_size=1),
        requested=st.booleans(),
        optional={
            "debts_from": near(before=40, after=-21),
            "debts_before": near(after=10),
            "older_than_days": few,
        },
    ),
).map(lambda parts: parts[0] | parts[1])
_scheme_parts = st.fixed_dictionaries(
    {},
    optional={
        "arrangement": _rule(
            {
                "first_instalment": st.booleans(),
                "late_instalments": st.integers(0, 2),
                "broken": st.sampled_from(Broken),
            }
        ),
        "liability": _rows(
            _rule({"zones": _some(ZONES), "sectors": _some(SECTORS), "workers_from": numbers}, since=near())
        ),
        "de_minimis": _rule(amount=st.integers(1, 3), counts=_some(tuple(Component))),
        "secured": _rule(suspended=st.sampled_from(SecuredDebt), guaranteed=st.sampled_from(SecuredDebt)),
        "amnesties": _rows(_amnesties),
        "presumed": _rule(presumed=st.sampled_from(PresumedDebt)),
        "posting": _rule(lag_days=few),
        "discharges": _rows(
            _rule(
                bars=_some(BARRED),
                sizes=_some(tuple(SizeClass)),
                needs=_some(tuple(Act)),
                request_within_days=few,
                once_in_days=few,
                holds_days=few,
            )
        ),
        "newly_registered": _rule(within_days=few),
    },
)
_truth, _bars, _max_ages = st.booleans(), _some(BARRED), st.integers(0, 8)
_degraded = st.none() | st.sampled_from(Degraded)
_also = st.lists(st.sampled_from([mode for mode in Degraded if mode is not Degraded.PENDING]), max_size=2, unique=True)
_undated = st.sampled_from(Undated)
_kinds = st.sampled_from((CertificateKind.UNDER_ARRANGEMENT, CertificateKind.FULL))


@st.composite
def _schemes(draw: st.DrawFn, name: str, requirement: Requirement) -> Table:
    max_age, degraded = draw(_max_ages), draw(_degraded)
    reuse = max_age + draw(few)
    evidence = {"max_age_days": max_age, "undated": draw(_undated), "standing_days": reuse + draw(few)}
    table: Table = {"name": name, "title": _TEXT, "agency": _TEXT, "requirement": requirement, **_BASIS}
    table |= {"arrangement_gives": draw(_kinds), "evidence": evidence | _BASIS}
    if degraded is not None:
        table["degraded"] = {"mode": degraded, **_BASIS}
        also = [mode for mode in draw(_also) if mode is not degraded]
        if also:
            table["degraded"]["also"] = also
        if Degraded.REUSE in (degraded, *also):
            table["degraded"]["reuse_max_age_days"] = reuse
    if requirement is Requirement.PROOF and draw(_truth):
        table["bars"] = draw(_bars)
    return table | draw(_scheme_parts)


# --- The enterprise as a whole ---


_limited = st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2, unique=True)
_splits = st.sampled_from(((), (SECTORS[:1],), (SECTORS[:1], SECTORS[1:])))
_steps, _least = st.tuples(*[st.integers(1, 3)] * len(SizeClass)), st.none() | st.just(1)


@st.composite
def _classes(draw: st.DrawFn, sizes: Sequence[SizeClass], needs: Needs) -> list[Table]:
    """Rising classes in all sectors, or in some of them with limits of their own."""
    facts = draw(_limited)
    if needs is Needs.HEAD_COUNT_AND_ANY and FactName.HEAD_COUNT not in facts:
        facts.append(FactName.HEAD_COUNT)
    split = draw(_splits)
    by_group = [
        (group, {fact: _ranges(draw(_steps)[: len(sizes)], draw(_least)) for fact in facts}) for group in split or [()]
    ]
    return [
        {"class": size}
        | ({"sectors": [*group]} if group else {})
        | {fact: rows[number] for fact, rows in limits.items()}
        for number, size in enumerate(sizes)
        for group, limits in by_group
    ]


def _ranges(steps: Sequence[int], least: int | None) -> list[Table]:
    """Limits one after the other, each so many wide."""
    ends = list(accumulate(steps))
    begins: list[Table] = [{"from": least} if least else {}, *({"from": end} for end in ends)]
    return [begin | {"to": end} for begin, end in zip(begins, ends, strict=False)]


_weights = st.sampled_from((("0.6", "0.3", "0.1"), ("0.2", "0.3", "0.5"))).map(
    lambda shares: dict(zip(("staff", "net_sales", "assets"), map(Decimal, shares), strict=True)) | _BASIS
)


_counts, _needs = st.integers(1, 3), st.sampled_from(Needs)
_score_names = st.just(SECTORS) | st.just(SECTORS) | _some(SECTORS)
_cut_offs = st.sampled_from(((10, 35, 100), (20, 50, 60)))
_score_sectors = _rule(
    staff=few, net_sales=few, assets=few, assets_fact=st.sampled_from((FactName.FIXED_ASSETS, FactName.TOTAL_ASSETS))
)


@st.composite
def _sizes(draw: st.DrawFn) -> Table:
    sizes = [*SizeClass][: draw(_counts)]
    if draw(_truth):
        needs = draw(_needs)
        classes = draw(_classes(sizes, needs))
        return {"method": "limits", "needs": needs, "classes": classes, "certifiable": sizes[: draw(_counts)], **_BASIS}
    ends = draw(_cut_offs)
    names = draw(_score_names)
    return {
        "method": "weighted_score",
        "cut_offs": dict(zip(SizeClass, ends, strict=True)) | _BASIS,
        "weights": draw(_weights),
        "sectors": [{"name": name} | draw(_score_sectors) for name in names],
        "certifiable": sizes,
        **_BASIS,
    }


_head_counts = st.tuples(
    st.lists(st.sampled_from((Decimal(0), Decimal("0.5"), Decimal(1))), min_size=len(WORKERS), max_size=len(WORKERS)),
    st.sampled_from(Uncounted),
).map(
    lambda parts: {
        **{name.removeprefix("workers_"): weight for name, weight in zip(WORKERS, parts[0], strict=True)},
        "permanent": 1,
        "unknown": parts[1],
        **_BASIS,
    }
)
_sources = _rule({"max_age_days": few}, **{"from": _some((*AGENCIES, DECLARED))})
_limits = st.fixed_dictionaries({}, optional=dict.fromkeys(NUMBERS, st.integers(1, 4).map(lambda to: {"to": to})))
_day_of_year = near().map(lambda day: day.strftime("%m-%d"))
_enterprise_parts = {
    "head_count": _head_counts,
    "sources": st.fixed_dictionaries({}, optional=dict.fromkeys(NUMBERS, _sources)),
    "excluded": _rule(sectors=st.just(["mill"])),
    "tolerance": _rule(years=st.integers(1, 2), counted=st.sampled_from(Counted)),
    "update": _rule(by=_day_of_year),
}


@cache
def _effects(schemes: tuple[str, ...], certifiable: tuple[SizeClass, ...]) -> st.SearchStrategy[list[Table]]:
    conditions = {
        "sizes": _some(certifiable),
        "kinds": _some(tuple(CertificateKind)),
        "on_day": _day_of_year,
        "clear": _some(schemes),
        "limits": _limits.filter(bool),
        "identifier_kinds": st.just(["xx.number"]),
        "registered_within_days": few,
    }
    return _rows(_rule(conditions, title=st.just(_TEXT)))


_enterprise = st.fixed_dictionaries({}, optional=_enterprise_parts)
_not_applicable = st.sampled_from(NotApplicable)
_at_least = st.integers(0, 7)
_regime_parts = _rule(
    {
        "ceilings": st.fixed_dictionaries({FactName.NET_SALES: st.integers(1, 3)}),
        "excluded_sectors": st.just(["shop"]),
    }
)


@st.composite
def _groups(draw: st.DrawFn, schemes: Sequence[Table]) -> Table:
    """Proof groups that count every proof, and a regime where there is a flat payment."""
    by_requirement = {r: [s["name"] for s in schemes if s["requirement"] is r] for r in Requirement}
    proofs, hard = by_requirement[Requirement.PROOF], by_requirement[Requirement.HARD_BAR]
    table: Table = {}
    if proofs:
        of = [*proofs, *(hard if draw(_truth) else ())]
        counts = {"at_least": 1 + draw(_at_least) % len(of), "not_applicable": draw(_not_applicable)}
        table["proofs"] = [{"name": "group", "title": _TEXT, "of": of, **counts, **_BASIS}]
    if by_requirement[Requirement.REGIME]:
        others = [s["name"] for s in schemes if s["requirement"] is not Requirement.REGIME]
        regime = {"name": REGIME, "title": _TEXT, "paid_by": FLAT, "satisfies": draw(_some(tuple(others)))}
        table["regimes"] = [regime | draw(_regime_parts)]
    return table


_requirements = st.lists(
    st.sampled_from((*[Requirement.HARD_BAR, Requirement.PROOF] * 2, Requirement.OPTIONAL)),
    min_size=1,
    max_size=len(SCHEMES),
)
_one_in_four, _firsts, _untils = st.integers(0, 3), near(before=15, after=0), st.none() | near(before=-1, after=15)
_validity = st.fixed_dictionaries(dict.fromkeys(CertificateKind, st.integers(1, 40)))


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    """Any rules that the vocabulary can say, as parsed from a file."""
    requirements = draw(_requirements)
    if set(requirements) == {Requirement.OPTIONAL}:
        requirements[0] = Requirement.HARD_BAR
    named = [*zip(SCHEMES, requirements, strict=False)]
    if draw(_one_in_four) == 0:
        named.append((FLAT, Requirement.REGIME))
    schemes = [draw(_schemes(name, requirement)) for name, requirement in named]
    size = draw(_sizes())
    table: Table = {
        "format": 1, "jurisdiction": "example", "title": _TEXT, "time_zone": "America/Costa_Rica", "currency": "CRC",
        "from": draw(_firsts),
        "schemes": schemes,
        **draw(_groups(schemes)),
        "names": {"suffixes": ["S.A."], **_BASIS},
        **draw(_enterprise),
        "size": size,
        "validity": draw(_validity) | _BASIS,
        "effects": draw(_effects(tuple(s["name"] for s in schemes), tuple(size["certifiable"]))),
        "appeal": {"days": 30, **_BASIS},
        "recheck": {"days": 30, "on": [*Event], **_BASIS},
    }  # fmt: skip
    if (until := draw(_untils)) is not None:
        table["until"] = until
    if draw(_truth):
        table["sample"] = {"share": Decimal("0.2"), "sizes": size["certifiable"], **_BASIS}
    return rule_set_of(table)


def rule_set_of(table: Table) -> RuleSet:
    """The rule set of this file, with a text for everything that its rules can say."""
    lists = {"schemes", "proofs", "regimes", "effects"}
    said = {key: value for key, value in table.items() if value or key not in lists}
    said |= {"facts": dict.fromkeys(_facts_to_title(table), _TEXT)}
    said |= {"reasons": {code: {"text": _TEXT, "remedy": _TEXT} for code in _codes(table)}}
    text = "".join(f"{key} = {_written(value)}\n" for key, value in said.items())
    return parse_rule_set(text, "drawn.toml")


def _written(value: object) -> str:
    """The value as TOML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_written(each)}" for key, each in value.items() if each != []) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool | int) else str(value)


def _codes(table: Table) -> Iterable[str]:
    """Every reason that these rules can give."""
    yield from (*BARRED, *UNKNOWN, "EVIDENCE_STALE", "EVIDENCE_UNDATED", "NO_FINDING")
    yield from ("NAME_MISMATCH", "AGENCIES_DISAGREE_ON_NAME", "FACTS_MISSING", "SIZE_ABOVE_LIMIT")
    classes, regimes = table["size"].get("classes", ()), table.get("regimes", ())
    given = {
        "PRESUMED_DEBT": any("presumed" in scheme for scheme in table["schemes"]),
        "PAYMENT_NOT_POSTED": any("posting" in scheme for scheme in table["schemes"]),
        "SECTOR_UNKNOWN": not classes or any("sectors" in row for row in classes),
        "SIZE_BELOW_LIMIT": any("from" in limit for row in classes for limit in row.values()),
        "SECTOR_EXCLUDED": "excluded" in table,
        "DATA_UPDATE_MISSED": "update" in table,
        "PROOFS_NOT_MET": bool(table.get("proofs")),
        "REGIME_CEILING_EXCEEDED": any("ceilings" in regime for regime in regimes),
        "REGIME_SECTOR_EXCLUDED": any("excluded_sectors" in regime for regime in regimes),
    }
    yield from (code for code, holds in given.items() if holds)


def _facts_to_title(table: Table) -> set[str]:
    """Every fact that these rules can call missing, or that has a ceiling."""
    size, regimes = table["size"], table.get("regimes", ())
    ceilings = {fact for regime in regimes for fact in regime.get("ceilings", ())}
    needed = {fact for row in size.get("classes", ()) for fact in row if fact in NUMBERS} | ceilings
    if size["method"] == "weighted_score":
        needed |= {"head_count", "net_sales", *(sector["assets_fact"] for sector in size["sectors"])}
    grounds = [ground for scheme in table["schemes"] for ground in scheme.get("liability", ())]
    by_sector = [row for row in (*size.get("classes", ()), *grounds) if "sectors" in row]
    if size["method"] == "weighted_score" or by_sector or "excluded" in table:
        needed.add("sector")
    needed |= {"sector" for regime in regimes if "excluded_sectors" in regime}
    needed |= {"zone" for ground in grounds if "zones" in ground}
    needed |= {"head_count" for ground in grounds if ground.get("workers_from")}
    counted = table.get("head_count")
    if counted is None or counted["unknown"] == Uncounted.NONE or "head_count" not in needed:
        return needed
    return needed - ({"head_count"} - ceilings) | {name for name in WORKERS if counted[name.removeprefix("workers_")]}
