"""The columns and words of each agency's debtor file, as tables and one small function each.

A layout reads one row into a `Row`. What it raises refuses the whole file; a word that it
does not know is MALFORMED for that firm alone. Columns that are not read may be
missing: an agency then need not hand over telephone numbers. Those of `optional` are read where
they are; without them, or with a cell that is not understood, a row says less and means the same.

No file states the kind of its numbers. A layout says which kinds they are, and no number may
have the form of two of them: a legal number and a NITE look alike, and one would take the other's row.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from certsvc.core.account import Debt
from certsvc.core.outcome import Outcome
from certsvc.service.debtor_files import BadFile, FileFault, Row
from certsvc.service.identifiers import readings

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")
_KEY = re.compile(r"0{0,3}([1-9][0-9]{8,11})")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file looks like: the columns that are read, and how. `dated_rows` tells where its date is.

    `read` gets the cells of `columns`, then those of `optional`, empty for a column that the file has not. `kinds`
    are the kinds of identifier that its numbers are. Of any other kind the file says nothing.
    """

    name: str
    kinds: tuple[str, ...]
    columns: tuple[str, ...]
    dated_rows: bool
    read: Callable[[Sequence[str]], Row]
    optional: tuple[str, ...] = ()


def read_key(text: str, kinds: Sequence[str]) -> str | None:
    """The number in its normal form, without padding and check digits; None if only another kind has its form.

    Such a row is of nobody who can be looked up. Raises BadFile for what no kind has, or two of `kinds`.
    """
    match = _KEY.fullmatch(text.strip().replace("-", ""))  # no kind of number begins with a zero
    if match is None:
        raise BadFile(FileFault.NUMBER_FORM)
    found = readings(match[1], kinds)
    if len(found) == 1:
        return found[0].value
    if found or not readings(match[1]):
        raise BadFile(FileFault.NUMBER_KIND)
    return None


def read_amount(text: str) -> Decimal:
    """An amount of money or a number of instalments. Raises BadFile."""
    if not _AMOUNT.fullmatch(text.strip()):
        raise BadFile(FileFault.AMOUNT)
    return Decimal(text.strip())


# A file repeats few words and few days.
@lru_cache(maxsize=512)
def read_day(text: str) -> date:
    """A day as YYYY-MM-DD. Raises BadFile."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadFile(FileFault.DAY_FORM)


@lru_cache(maxsize=512)
def month_end(text: str) -> date | None:
    """The last day of the month whose first day is written as YYYY-MM-DD; None for anything else."""
    try:
        first = read_day(text)
    except BadFile:
        return None
    return first.replace(day=monthrange(first.year, first.month)[1]) if first.day == 1 else None


@lru_cache(maxsize=512)
def word(text: str) -> str:
    """A word of a table without accents, case and surplus blanks."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(bare.upper().split())


# --- Social security: one row a firm; two axes, employer state and debt state ---

_EMPLOYER: Mapping[str, tuple[Outcome, ...]] = MappingProxyType(
    {
        "ACTIVO": (),
        # Most debtors are inactive; being inactive neither bars nor clears.
        "INACTIVO": (),
        "NO INSCRITO": (Outcome.BARRED_NOT_REGISTERED,),
        "SIN INSCRIPCION": (Outcome.BARRED_NOT_REGISTERED,),
    }
)

_DEBT: Mapping[str, tuple[Outcome, ...]] = MappingProxyType(
    {
        "AL DIA": (Outcome.CLEAR,),
        "AL DIA CON CONVENIO DE PAGO": (Outcome.CLEAR_UNDER_ARRANGEMENT,),
        "AL DIA CON ARREGLO DE PAGO": (Outcome.CLEAR_UNDER_ARRANGEMENT,),
        "MOROSO": (Outcome.BARRED_ARREARS,),
        "COBRO ADMINISTRATIVO": (Outcome.BARRED_ARREARS,),
        "COBRO JUDICIAL": (Outcome.BARRED_ARREARS,),
        "NO INSCRITO": (Outcome.BARRED_NOT_REGISTERED,),
        "SIN INSCRIPCION": (Outcome.BARRED_NOT_REGISTERED,),
        "SIN INFORMACION": (Outcome.NO_INFORMATION,),
    }
)

_UNKNOWN_WORD = (Outcome.MALFORMED,)
_NO_WORD = (Outcome.NO_INFORMATION,)
_NO_EMPLOYER = (Outcome.BARRED_NOT_REGISTERED,)


def _read_ccss(cells: Sequence[str]) -> Row:
    # The amount is one sum, without periods or components: no debt can be listed from it.
    number, name, employer, debt, owed, day = cells
    state, standing = _EMPLOYER.get(word(employer), _UNKNOWN_WORD), _DEBT.get(word(debt), _UNKNOWN_WORD)
    # Of who was never an employer there is nothing to know: the word for the debt is then only an echo.
    outcomes = state if state == _NO_EMPLOYER and standing == _NO_WORD else state + standing
    overdue = read_amount(owed) if owed.strip() else _ZERO
    if Outcome.CLEAR_UNDER_ARRANGEMENT in outcomes:
        overdue = _ZERO  # the amount is the balance of the arrangement
    return Row(number, name, outcomes, overdue, read_day(day.strip()))


# --- Family allowances: one row for each site of a firm; debt inside and outside an arrangement ---
#
# The debt outside an arrangement is listed by component. The debt inside one is not overdue, so it is not listed.
# An `Arrangement` is not made, although `Cuotas_Atraso` counts its late instalments: no column says when it was
# signed. `Intereses_*` are parts of `Saldo_Arreglo`; outside an arrangement the file states no interest.


def _read_fodesaf(cells: Sequence[str]) -> Row:
    number, name, *amounts, last_period = cells
    total, in_arrangement, billed, late, *parts = (read_amount(cell) for cell in amounts)
    itemised = sum(parts, _ZERO)
    # The periods outside an arrangement are itemised; the total is the check on them. An instalment that is
    # billed and not late belongs to the arrangement.
    outside = max(itemised, total - in_arrangement - billed)
    outcomes: list[Outcome] = []
    if outside > 0:
        outcomes.append(Outcome.BARRED_ARREARS)
    if late > 0:
        outcomes.append(Outcome.BARRED_ARRANGEMENT_BROKEN)
    if in_arrangement > 0 or billed > 0:
        # Also beside arrears: should those be too small to bar, the arrangement is what remains.
        outcomes.append(Outcome.CLEAR_UNDER_ARRANGEMENT)
    # What the total holds beyond the items has no component, so such a row does not tell.
    debt = _fodesaf_debt(parts, last_period) if outside == itemised > 0 else None
    return Row(number, name, tuple(outcomes) or (Outcome.CLEAR,), max(outside, _ZERO), None, debt)


def _fodesaf_debt(parts: Sequence[Decimal], last_period: str) -> Debt | None:
    """One debt for all periods of the row, as of the newest of them, so that no cut-off date favours an older one."""
    principal, surcharges, fines = parts
    period_end = month_end(last_period.strip())
    if period_end is None:
        return None
    # The amnesty laws waive surcharges (recargos) and fines (multas) alike.
    return Debt(period_end, principal, penalty=surcharges + fines)


_PERSONS_AND_COMPANIES = ("cr.cedula_fisica", "cr.cedula_juridica", "cr.dimex")
"""9, 10 and 11 or 12 digits, by their first digit never two of these. A NITE has the form of a legal number."""

LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "ccss": Layout(
            name="ccss",
            kinds=_PERSONS_AND_COMPANIES,
            columns=("Cedula", "Nombre", "EstadoPatrono", "Situacion", "MontoAdeudado", "FechaDato"),
            dated_rows=True,
            read=_read_ccss,
        ),
        "fodesaf": Layout(
            name="fodesaf",
            kinds=_PERSONS_AND_COMPANIES,
            columns=(
                "Cedula",
                "Nombre",
                "Deuda_Total",
                "Saldo_Arreglo",
                "Cuotas_Al_Cobro",
                "Cuotas_Atraso",
                "Principal",
                "Recargos",
                "Multas",
            ),
            dated_rows=False,
            read=_read_fodesaf,
            optional=("Hasta_Periodo_Fuera",),
        ),
    }
)
"""Name in the configuration -> layout."""
