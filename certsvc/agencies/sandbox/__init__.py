"""Agencies for demonstrations and tests: real servers on real sockets, all from one scenario file."""

from certsvc.agencies.sandbox.limits import PUBLISHED, Limits
from certsvc.agencies.sandbox.server import Addresses, Sandbox, run

__all__ = ["PUBLISHED", "Addresses", "Limits", "Sandbox", "run"]
