"""Agencies for demonstrations and tests: real servers on real sockets, all from one scenario file."""

from certsvc.agencies.sandbox.server import Addresses, Sandbox, run

__all__ = ["Addresses", "Sandbox", "run"]
