"""A service in a process of its own, on a database and agencies that outlive it, and a client of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import grpc

from certsvc.agencies.sandbox.scenario import CastMember, load_scenario, shipped_text
from certsvc.v1 import agency_event_service_pb2 as event_pb
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import operations_service_pb2
from certsvc.v1.agency_event_service_pb2_grpc import AgencyEventServiceStub
from certsvc.v1.certificate_service_pb2_grpc import CertificateServiceStub
from certsvc.v1.operations_service_pb2_grpc import OperationsServiceStub
from tests.wire import request_for

CAST = {member.key: member for member in load_scenario(shipped_text()).cast}

FLAPPING = """
[[enterprise]]
key = "flapping-{n}"
story = "The tax ministry has no information at first, and then has."
kind = "cr.cedula_juridica"
value = "31019998{n:02}"
name = "EJEMPLO CAMBIANTE {n} SOCIEDAD ANONIMA"
declared = {{ head_count = 3, net_sales = "42000000.00", total_assets = "18000000.00", sector = "commerce" }}
hacienda = {{ behaviour = "flapping" }}
expected = {{ result = "GRANTED", kind = "FULL", size = "MICRO" }}
"""
NOT_POSTED = """
[[enterprise]]
key = "not-posted-{n}"
story = "Has paid what it owed to social security; the payment is not posted yet."
kind = "cr.cedula_juridica"
value = "31019997{n:02}"
name = "EJEMPLO PAGADO {n} SOCIEDAD ANONIMA"
declared = {{ head_count = 3, net_sales = "42000000.00", total_assets = "18000000.00", sector = "commerce" }}
ccss = {{ outcome = "BARRED_ARREARS", days_ago = 2, account = {{ last_payment = 1 }} }}
expected = {{ result = "UNDECIDED", reasons = ["PAYMENT_NOT_POSTED"] }}
"""
SCENARIO = shipped_text() + "".join(FLAPPING.format(n=n) + NOT_POSTED.format(n=n) for n in range(40))
FLAPPING_CAST = [member for member in load_scenario(SCENARIO).cast if member.key.startswith("flapping")]
NOT_POSTED_CAST = [member for member in load_scenario(SCENARIO).cast if member.key.startswith("not-posted")]
START_WITHIN = 60.0


class Child:
    """A process with a ready file; ended when left, whatever happened."""

    def __init__(self, arguments: Sequence[str], ready: Path, environment: dict[str, str] | None = None) -> None:
        self.ready_file = ready
        ready.unlink(missing_ok=True)
        self._log = ready.with_suffix(".log")
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments], stdout=log, stderr=log, env={**os.environ, **(environment or {})}
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()

    def ready(self) -> dict[str, Any]:
        """What it wrote once it answered."""
        pause = threading.Event()
        for _ in range(int(START_WITHIN / 0.02)):
            if self.ready_file.exists():
                return dict(json.loads(self.ready_file.read_bytes()))
            if self.process.poll() is not None:
                break
            pause.wait(0.02)
        raise AssertionError(f"it did not start:\n{self._log.read_text()[-3000:]}")

    def arm(self) -> None:
        """From the next call on, points are counted."""
        self.ready_file.with_suffix(".arm").touch()

    def disarm(self) -> None:
        """Points are no longer counted."""
        self.ready_file.with_suffix(".arm").unlink(missing_ok=True)

    def points(self) -> int:
        """How many points the last counted call had."""
        return int(self.ready_file.with_suffix(".points").read_text())


class Client:
    """A programme and an operator, with the certificates that `certsvc init` made."""

    def __init__(self, data: Path, address: str) -> None:
        self._data = data
        self._address = address
        self._open: list[grpc.Channel] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for channel in self._open:
            channel.close()

    def apply(self, member: CastMember, request_id: str, timeout: float = 20.0) -> pb.Application:
        """The application as answered."""
        stub = CertificateServiceStub(self._channel("programme"))
        application: pb.Application = stub.IssueCertificate(
            request_for(member, request_id), timeout=timeout
        ).application
        return application

    def outcome(self, name: str, timeout: float = 30.0) -> pb.Application:
        """The application once it is no longer pending."""
        stub = CertificateServiceStub(self._channel("programme"))
        *_, last = stub.WatchApplication(pb.WatchApplicationRequest(name=name), timeout=timeout)
        application: pb.Application = last.application
        return application

    def revoke(self, name: str, timeout: float = 20.0) -> operations_service_pb2.RevokeCertificateResponse:
        """The operator's act."""
        stub = OperationsServiceStub(self._channel("operator"))
        reason = operations_service_pb2.REVOCATION_REASON_ARREARS
        request = operations_service_pb2.RevokeCertificateRequest(name=name, reason=reason)
        answer: operations_service_pb2.RevokeCertificateResponse = stub.RevokeCertificate(request, timeout=timeout)
        return answer

    def report(self, agency: str, *events: event_pb.AgencyEvent, timeout: float = 20.0) -> int:
        """How many were new. `agency` is the stem of its certificate's files."""
        stub = AgencyEventServiceStub(self._channel(agency))
        return int(stub.ReportEvents(event_pb.ReportEventsRequest(events=events), timeout=timeout).new_events)

    def _channel(self, role: str) -> grpc.Channel:
        tls = self._data / "tls"
        names = ("ca.pem", f"{role}.key.pem", f"{role}.pem")
        credentials = grpc.ssl_channel_credentials(*((tls / name).read_bytes() for name in names))
        channel = grpc.secure_channel(self._address, credentials)
        self._open.append(channel)
        return channel


GRANTED = pb.Application.STATE_GRANTED
PENDING = pb.Application.STATE_PENDING
