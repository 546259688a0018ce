"""Tests mirror the package; see README.md."""
