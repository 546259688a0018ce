"""A stand-in for the service: a real gRPC server over mutual TLS, with canned answers that tests set."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from certsvc.v1 import certificate_service_pb2_grpc, operations_service_pb2_grpc, trust_service_pb2_grpc


@dataclass
class Failure:
    """An error with details, as the service sends it."""

    code: grpc.StatusCode
    text: str
    details: tuple[Message, ...] = ()


@dataclass
class StandIn:
    """What it answers to each method, and what it was asked. An answer is a message, a Failure, or a list of
    them to be given one call after the other; of a stream, one message after the other."""

    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    callers: list[str] = field(default_factory=list)
    address: str = ""

    def asked(self, method: str) -> Any:
        """The newest request to this method."""
        return [request for name, request in self.calls if name == method][-1]

    def called(self, method: str) -> bool:
        """True if the method was called."""
        return any(name == method for name, _ in self.calls)

    def _answer(self, method: str, request: Any, context: grpc.ServicerContext) -> Any:
        self.calls.append((method, request))
        self.callers += [name.decode() for name in context.peer_identities() or ()]
        answer = self.answers[method]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Failure):
            context.abort_with_status(rpc_status.to_status(_status(answer)))
        return answer


def _status(failure: Failure) -> Status:
    details = []
    for detail in failure.details:
        packed = AnyMessage()
        packed.Pack(detail)
        details.append(packed)
    return Status(code=failure.code.value[0], message=failure.text, details=details)


def _servicer(base: type, standin: StandIn) -> Any:
    """An instance of a generated servicer, each method of which asks the stand-in."""

    def unary(name: str) -> Any:
        return lambda _self, request, context: standin._answer(name, request, context)

    def stream(name: str) -> Any:
        return lambda _self, request, context: iter(standin._answer(name, request, context))

    names = [name for name in vars(base) if name[0].isupper()]
    return type("StandInServicer", (base,), {n: (stream if n.startswith("Watch") else unary)(n) for n in names})()


@contextmanager
def serve(folder: Path) -> Iterator[StandIn]:
    """Serves a stand-in with the certificates that `certsvc init` wrote into `folder`."""
    standin = StandIn()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    for module, name in (
        (certificate_service_pb2_grpc, "CertificateService"),
        (operations_service_pb2_grpc, "OperationsService"),
        (trust_service_pb2_grpc, "TrustService"),
    ):
        servicer = _servicer(getattr(module, f"{name}Servicer"), standin)
        getattr(module, f"add_{name}Servicer_to_server")(servicer, server)
    tls = folder / "tls"
    pair = ((tls / "server.key.pem").read_bytes(), (tls / "server.pem").read_bytes())
    credentials = grpc.ssl_server_credentials([pair], (tls / "ca.pem").read_bytes(), require_client_auth=True)
    standin.address = f"127.0.0.1:{server.add_secure_port('127.0.0.1:0', credentials)}"
    server.start()
    try:
        yield standin
    finally:
        server.stop(None).wait()
