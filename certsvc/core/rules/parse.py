"""A file becomes a rule set; a file with any fault gives none, and all its faults are reported together."""

from __future__ import annotations

import base64
import hashlib
import tomllib
from decimal import Decimal
from zoneinfo import ZoneInfo

from certsvc.core.errors import ConfigError
from certsvc.core.rules.fields import Table
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.parts import (
    Bases,
    Templates,
    plain,
    read_days,
    read_enterprise_reasons,
    read_names,
    read_scheme,
    read_size,
    read_validity,
    refuse_twins,
)

FORMAT = 1


def parse_rule_set(text: str, source: str) -> RuleSet:
    """The rule set in this file text. `source` names the file in faults.

    Raises ConfigError with every fault: where it is, and what to write instead.
    """
    faults: list[str] = []
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ArithmeticError) as error:
        raise ConfigError([f"{source}: is not TOML: {error}"]) from error
    root = Table(values, "", faults)
    rule_set = _read(root, text)
    root.close()
    if faults:
        raise ConfigError([f"{source}: {fault}" for fault in faults])
    return rule_set


def _read(root: Table, text: str) -> RuleSet:
    root.whole("format", FORMAT, FORMAT)
    jurisdiction = root.word("jurisdiction")
    plain(root, "title")
    first, until = root.day("from"), root.day("until") if root.has("until") else None
    if root.sound("from", "until") and until is not None and until <= first:
        root.fault("until", f"{until} is not after from; write the first day on which these rules no longer hold")
    bases = Bases()
    templates = Templates(root.table("reasons"))
    scheme_tables = root.tables("schemes")
    schemes = tuple(read_scheme(table, templates, bases) for table in scheme_tables)
    refuse_twins(root, "schemes", [scheme.name for scheme in schemes])
    names = read_names(root.table("names"), bases)
    size, size_basis = read_size(root.table("size"), bases)
    digest = hashlib.sha256(text.encode()).digest()
    return RuleSet(
        jurisdiction=jurisdiction,
        first=first,
        until=until,
        time_zone=_zone(root),
        currency=root.text("currency"),
        schemes=schemes,
        names=names,
        size=size,
        validity=read_validity(root.table("validity"), schemes, bases),
        appeal=read_days(root.table("appeal"), bases, 400),
        recheck=read_days(root.table("recheck"), bases, 400),
        reasons=read_enterprise_reasons(root.table("facts"), templates, names, size, size_basis.citation),
        text=text,
        digest=digest,
        ref=f"{jurisdiction}/{first.isoformat()}#sha256-{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}",
        bases=tuple(bases.found),
    )


def _zone(root: Table) -> ZoneInfo:
    key = root.text("time_zone")
    try:
        return ZoneInfo(key)
    except (ValueError, OSError, LookupError):  # malformed key; a folder of the database; not in it
        if root.sound("time_zone"):
            root.fault("time_zone", f'{key!r} is not in the IANA database; write a name such as "America/Costa_Rica"')
        return ZoneInfo("UTC")
