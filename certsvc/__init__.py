"""Certificates of good standing for micro and small enterprises."""

__version__ = "0.1.0"
