"""Loads the profile of the property tests: no time limits, since a busy machine would break them."""

from tests import strategies as strategies
