"""What every adapter must bear, for adapters here and in other packages: see README.md beside this file."""

from certsvc.agencies.contract.cases import CASES, NOW, Case, Failure
from certsvc.agencies.contract.checks import MakeAdapter, check, check_manners
from certsvc.agencies.contract.grpc import GrpcFront
from certsvc.agencies.contract.http import HttpFront
from certsvc.agencies.contract.server import FaultyServer, Front
from certsvc.agencies.contract.spoil import Reply, Truth

__all__ = [
    "CASES",
    "NOW",
    "Case",
    "Failure",
    "FaultyServer",
    "Front",
    "GrpcFront",
    "HttpFront",
    "MakeAdapter",
    "Reply",
    "Truth",
    "check",
    "check_manners",
]
