"""Equal accounts have one spelling, other accounts another; a row that was never written is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core import canonical
from certsvc.core.account import Account, Arrangement, Debt, DebtState, Discharge
from certsvc.core.account_rows import (
    MAX_DEBTS,
    MAX_DISCHARGES,
    account_in_order,
    read_account,
    write_account,
)
from certsvc.core.errors import MalformedRecord
from certsvc.core.evidence import decode_evidence, encode_evidence
from certsvc.core.model import Evidence, Finding
from certsvc.core.outcome import Outcome
from tests.strategies import accounts

DAY = date(2026, 3, 31)
DEBT = Debt(DAY, Decimal("120.50"), Decimal(3), state=DebtState.PRESUMED)
DISCHARGE = Discharge(Outcome.BARRED_ARREARS, DAY, date(2026, 4, 2), trained_on=date(2026, 4, 20))
WHOLE = Account(
    registered_on=date(1987, 5, 4),
    debts=(DEBT, replace(DEBT, period_end=date(2026, 2, 28), principal_paid_on=DAY)),
    arrangement=Arrangement(DAY, late_instalments=2, broken_on=date(2026, 5, 1)),
    relief_requested_on=date(2026, 4, 1),
    last_payment_on=date(2026, 5, 30),
    discharges=(DISCHARGE,),
)


def written(account: Account) -> bytes:
    return canonical.write(write_account(account))


@given(accounts)
def test_an_account_comes_back_whole_and_in_order(account: Account) -> None:
    back = read_account(canonical.read(written(account)))
    ordered = account_in_order(account)
    assert back == ordered
    assert repr(back) == repr(ordered), "equal numbers are spelled alike, too"
    assert written(back) == written(account)


@given(accounts, st.randoms(use_true_random=False))
def test_the_order_of_debts_and_discharges_means_nothing(account: Account, random: Random) -> None:
    debts, discharges = list(account.debts), list(account.discharges)
    random.shuffle(debts)
    random.shuffle(discharges)
    shuffled = replace(account, debts=tuple(debts), discharges=tuple(discharges))
    assert written(shuffled) == written(account)
    assert account_in_order(shuffled) == account_in_order(account)


@given(accounts, accounts)
def test_other_accounts_have_other_bytes(one: Account, other: Account) -> None:
    assert (written(one) == written(other)) == (account_in_order(one) == account_in_order(other))


def test_an_account_has_the_spelling_that_it_has_for_ever() -> None:
    assert written(WHOLE) == (
        b'["1987-05-04",[["2026-02-28","120.5","3","0","PRESUMED","2026-03-31"],["2026-03-31","120.5","3","0",'
        b'"PRESUMED",""]],["2026-03-31","",2,"2026-05-01",""],"2026-04-01","2026-05-30",[["BARRED_ARREARS",'
        b'"2026-03-31","2026-04-02","","2026-04-20",""]]]'
    )
    assert written(Account()) == b'["",[],[],"","",[]]'


@pytest.mark.parametrize(
    "account",
    [Account(debts=(DEBT,) * (MAX_DEBTS + 1)), Account(discharges=(DISCHARGE,) * (MAX_DISCHARGES + 1))],
    ids=["debts", "discharges"],
)
def test_an_account_that_lists_more_than_a_record_holds_is_never_recorded(account: Account) -> None:
    finding = Finding("tax", "hacienda", Outcome.BARRED_ARREARS, datetime(2026, 6, 1, tzinfo=UTC), account=account)
    with pytest.raises(ValueError, match="at most 64 debts and 16 discharges"):
        encode_evidence(Evidence((finding,)))


def test_an_account_of_the_greatest_length_is_recorded() -> None:
    account = Account(debts=(DEBT,) * MAX_DEBTS, discharges=(DISCHARGE,) * MAX_DISCHARGES)
    assert read_account(canonical.read(written(account))) == account


GOOD = encode_evidence(
    Evidence((Finding("tax", "hacienda", Outcome.BARRED_ARREARS, datetime(2026, 6, 1, tzinfo=UTC), account=WHOLE),))
)
ROW = written(WHOLE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":2', b'"v":1'),
        (b'"v":2', b'"v":3'),
        (b'"v":2', b'"v":2.0'),
        (b"," + ROW, b""),
        (ROW, b"null"),
        (ROW, b"0"),
        (ROW, b'""'),
        (ROW, b"[]"),
        (ROW, b"{}"),
        (ROW, ROW[:-1] + b',""]'),
        (b'"1987-05-04"', b"null"),
        (b'"1987-05-04"', b'"19870504"'),
        (b'"1987-05-04"', b'"1987-02-30"'),
        (b'"120.5"', b'"120.50"'),
        (b'"120.5"', b"120.5"),
        (b'"120.5"', b'"-120.5"'),
        (b'"120.5"', b'"NaN"'),
        (b'"120.5"', b'"Infinity"'),
        (b'"120.5"', b'"much"'),
        (b'"PRESUMED"', b'"DUE "'),
        (b'["2026-02-28"', b'["2026-04-30"'),  # out of order
        (b'["2026-02-28"', b'[""'),
        (b'["2026-03-31","",2', b'["","",2'),
        (b'["2026-03-31","",2', b'["2026-03-31","","2"'),
        (b'["2026-03-31","",2', b'["2026-03-31","",2.0'),
        (b'["2026-03-31","",2', b'["2026-03-31","",true'),
        (b'["2026-03-31","",2', b'["2026-03-31","",-2'),
        (b'["2026-03-31","",2,"2026-05-01",""]', b"{}"),
        (b'["2026-03-31","",2,"2026-05-01",""]', b'""'),
        (b'[["BARRED_ARREARS"', b'[["ARREARS"'),
        (b'"2026-04-02"', b'""'),
        (b'"2026-04-20",""]]', b'"2026-04-20"]]'),
    ],
)
def test_bytes_that_were_never_written_are_refused(old: bytes, new: bytes) -> None:
    data = GOOD.replace(old, new, 1)
    assert data != GOOD
    with pytest.raises(MalformedRecord):
        decode_evidence(data)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_one_changed_byte_is_refused_or_is_another_account(position: int, byte: int) -> None:
    data = GOOD[:position] + bytes([byte]) + GOOD[position + 1 :]
    try:
        read = decode_evidence(data)
    except MalformedRecord:
        return
    assert encode_evidence(read) == data


def test_more_debts_than_a_record_holds_are_refused() -> None:
    row = b'["2026-02-28","120.5","3","0","PRESUMED","2026-03-31"],'
    with pytest.raises(MalformedRecord):
        decode_evidence(GOOD.replace(row, row * MAX_DEBTS))
