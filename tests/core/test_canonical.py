"""Numbers have one spelling that reads back as the same number, or none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsvc.core.canonical import write_decimal


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_it_was_written(number: Decimal) -> None:
    assert Decimal(write_decimal(number)) == number


@pytest.mark.parametrize("text", ["1E+1000000", "-1E+1000000", "1E-9999999", "1" * 2001, "nan", "inf"])
def test_a_number_that_would_change_in_writing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="recorded"):
        write_decimal(Decimal(text))
