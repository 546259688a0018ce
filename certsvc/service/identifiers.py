"""Official numbers in their one normal form.

Invariants
- The kind is stated by the caller and never inferred from the value: two kinds may share a length.
- A normal form has ASCII digits only and no leading zero; it is what agencies are asked with.
- No Costa Rican number has a public check digit, so a well-formed number may still be another person's.
- Errors never repeat the value.

Another country joins by adding rows to `_KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stdnum.cr import cr as residence

from certsvc.core.errors import InvalidRequest
from certsvc.core.model import Identifier

MAX_LENGTH = 32
"""Characters of a number as written, with hyphens and blanks."""

_SEPARATORS = str.maketrans("", "", " -")
_DIGITS = re.compile(r"[0-9]{1,32}")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of number: `reduce` gives the normal form of bare digits, or None; `form` says it to people."""

    reduce: Callable[[str], str | None]
    form: str


def _fisica(digits: str) -> str | None:
    # stdnum.cr.cpf pads to ten digits with a zero, which the tax ministry's service rejects.
    if len(digits) == 10 and digits[0] == "0":
        digits = digits[1:]
    return digits if len(digits) == 9 and digits[0] != "0" else None


def _without_check_digits(digits: str) -> str:
    return digits[:10] if len(digits) == 12 else digits


def _juridica(digits: str) -> str | None:
    # stdnum.cr.cpj holds a closed list of types and refuses each new one, so only the class is looked at.
    digits = _without_check_digits(digits)
    return digits if len(digits) == 10 and digits[0] in "2345" else None


def _nite(digits: str) -> str | None:
    digits = _without_check_digits(digits)
    return digits if len(digits) == 10 and digits[0] != "0" else None


def _dimex(digits: str) -> str | None:
    return digits if len(digits) in (11, 12) and residence.is_valid(digits) else None


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "cr.cedula_fisica": _Kind(_fisica, "9 digits, the first from 1 to 9"),
        "cr.cedula_juridica": _Kind(_juridica, "10 digits, the first from 2 to 5"),
        "cr.nite": _Kind(_nite, "10 digits, the first from 1 to 9"),
        "cr.dimex": _Kind(_dimex, "11 or 12 digits, the first a 1"),
    }
)

KINDS: tuple[str, ...] = tuple(_KINDS)
"""Every kind that certsvc knows."""


def readings(number: str, kinds: Iterable[str] = KINDS) -> tuple[Identifier, ...]:
    """Every identifier that bare digits without a stated kind can be: one for each of these kinds whose form they have.

    For files, whose columns state no kind. Two readings are two enterprises: nobody may choose between them.
    """
    if not _DIGITS.fullmatch(number):
        return ()
    return tuple([Identifier(kind, value) for kind in kinds if (value := _KINDS[kind].reduce(number)) is not None])


def normalise(kind: str, value: str, *, field: str = "identifier") -> Identifier:
    """The identifier in its normal form; hyphens and blanks are removed.

    Raises InvalidRequest at `<field>.kind` or `<field>.value`.
    """
    known = _KINDS.get(kind)
    if known is None:
        raise InvalidRequest(f"{field}.kind", f"write one of {', '.join(KINDS)}")
    if len(value) > MAX_LENGTH:
        raise InvalidRequest(f"{field}.value", f"write at most {MAX_LENGTH} characters")
    digits = value.translate(_SEPARATORS)
    # str.isdigit would let other scripts' digits pass.
    reduced = known.reduce(digits) if _DIGITS.fullmatch(digits) else None
    if reduced is None:
        raise InvalidRequest(f"{field}.value", f"write {known.form}")
    return Identifier(kind, reduced)
