"""Agencies in any weather, on a clock that is moved by hand: what is true, what is said, what is decided."""
