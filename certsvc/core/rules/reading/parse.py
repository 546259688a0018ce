"""A file becomes a rule set; a file with any fault gives none, and all its faults are reported together."""

from __future__ import annotations

import base64
import hashlib
from zoneinfo import ZoneInfo

from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.reading.bases import Bases, part, refuse_twins
from certsvc.core.rules.reading.certificate import read_appeal, read_effects, read_recheck, read_sample, read_validity
from certsvc.core.rules.reading.document import Document
from certsvc.core.rules.reading.enterprise import (
    read_excluded,
    read_head_count,
    read_names,
    read_sources,
    read_tolerance,
    read_update,
)
from certsvc.core.rules.reading.fields import Table
from certsvc.core.rules.reading.groups import read_proofs, read_regimes, refuse_idle
from certsvc.core.rules.reading.profile_reasons import Profile, read_fact_titles, read_profile_reasons
from certsvc.core.rules.reading.reasons import Templates, plain
from certsvc.core.rules.reading.scheme import read_scheme
from certsvc.core.rules.reading.size import read_size

FORMAT = 1
MOST_SCHEMES = 64


def parse_rule_set(text: str, source: str) -> RuleSet:
    """The rule set in this file text. `source` names the file in faults.

    Raises ConfigError with every fault: on which line and where it is, and what to write instead.
    """
    document = Document(text, source)
    rule_set = _read(document.root, text)
    document.check()
    return rule_set


def _read(root: Table, text: str) -> RuleSet:
    root.whole("format", FORMAT, FORMAT)
    jurisdiction, first = root.word("jurisdiction"), root.day("from")
    until = root.maybe("until", root.day)
    if root.sound("from", "until") and until is not None and until <= first:
        root.fault("until", f"{until} is not after from; write the first day on which these rules no longer hold")
    digest = hashlib.sha256(text.encode()).digest()
    bases, templates = Bases(), Templates(root.table("reasons"))
    profile = _read_profile(root, templates, bases)
    certifiable = profile.size.certifiable
    titles = read_fact_titles(root.table("facts"), profile)
    rule_set = RuleSet(
        jurisdiction=jurisdiction,
        title=plain(root, "title"),
        first=first,
        until=until,
        time_zone=_zone(root),
        currency=root.text("currency"),
        schemes=profile.schemes,
        proofs=profile.proofs,
        regimes=profile.regimes,
        names=profile.names,
        head_count=profile.head_count,
        sources=read_sources(root, bases),
        excluded=profile.excluded,
        size=profile.size,
        size_basis=profile.size_basis,
        tolerance=part(root, "tolerance", read_tolerance, bases),
        update=profile.update,
        validity=read_validity(root.table("validity"), profile.schemes, bases),
        effects=read_effects(root, profile.schemes, certifiable, bases),
        appeal=read_appeal(root.table("appeal"), bases),
        recheck=read_recheck(root.table("recheck"), bases),
        sample=read_sample(root, certifiable, bases),
        fact_titles=titles,
        reasons=read_profile_reasons(templates, titles, profile),
        text=text,
        digest=digest,
        ref=f"{jurisdiction}/{first.isoformat()}#sha256-{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}",
        bases=tuple(bases.found),
    )
    templates.close()
    return rule_set


def _read_profile(root: Table, templates: Templates, bases: Bases) -> Profile:
    tables = root.tables("schemes", MOST_SCHEMES)
    schemes = tuple(read_scheme(table, templates, bases) for table in tables)
    refuse_twins(tables, [scheme.name for scheme in schemes])
    proofs, regimes = read_proofs(root, schemes, bases), read_regimes(root, schemes, bases)
    refuse_idle(tables, schemes, proofs, regimes)
    names, head_count = read_names(root.table("names"), bases), part(root, "head_count", read_head_count, bases)
    excluded, update = part(root, "excluded", read_excluded, bases), part(root, "update", read_update, bases)
    size, size_basis = read_size(root.table("size"), bases, head_count)
    return Profile(schemes, proofs, regimes, names, head_count, excluded, size, size_basis, update)


def _zone(root: Table) -> ZoneInfo:
    key = root.text("time_zone")
    try:
        return ZoneInfo(key)
    except (ValueError, OSError, LookupError):  # malformed key; a folder of the database; not in it
        if root.sound("time_zone"):
            root.fault("time_zone", f'{key!r} is not in the IANA database; write a name such as "America/Costa_Rica"')
        return ZoneInfo("UTC")
