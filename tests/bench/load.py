"""Calls a server from a process of its own: so many at once, each caller sending its next call after its answer.

A child of `tests.bench.issue`. Every answer is looked at: an application must be granted, carry a certificate and be
that of the request's own fresh id. A question is `{"target", "kind", "at_once", "seconds", "tls"}`.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

import grpc
import uvloop

from certsvc.agencies.sandbox.scenario import load_scenario, shipped_text
from certsvc.v1 import certificate_service_pb2 as pb
from tests.bench import echo
from tests.bench.child import converse
from tests.wire import request_for

ISSUE = "/certsvc.v1.CertificateService/IssueCertificate"
TIMEOUT = 20.0
_BLANK = "00000000-0000-4000-8000-000000000000"

# A request is made by putting its id into bytes made before: the load must cost little beside the server.
# Whom every agency finds clear: the case that only asks the agencies checks that they answered.
_CAST = [m for m in load_scenario(shipped_text()).cast if m.key in ("clear", "arrangement")]
_REQUESTS = [request_for(m, _BLANK, "es").SerializeToString() for m in _CAST]


class _Load:
    def __init__(self) -> None:
        self._channels: dict[str, grpc.aio.Channel] = {}

    async def run(self, question: dict[str, Any]) -> dict[str, Any]:
        """How many were answered and how many failed, in how many seconds, and the latencies in milliseconds."""
        issues = question["kind"] == "issue"
        channel = self._channel(question["target"], question.get("tls"))
        call = channel.unary_unary(ISSUE if issues else echo.METHOD, None, None)
        latencies: list[float] = []
        faults: list[str] = []
        begun = time.perf_counter()
        end = begun + question["seconds"]

        async def caller(number: int) -> None:
            while (start := time.perf_counter()) < end:
                number += 1
                request_id = str(uuid.uuid4())
                request = _REQUESTS[number % len(_REQUESTS)].replace(_BLANK.encode(), request_id.encode())
                try:
                    answer = await call(request, timeout=TIMEOUT)
                    fault = _fault(answer, request_id) if issues else _fault_of_echo(answer)
                except grpc.aio.AioRpcError as error:
                    fault = f"{error.code().name}: {error.details()}"
                latencies.append(time.perf_counter() - start)
                if fault:
                    faults.append(fault)
                    await asyncio.sleep(0.01)

        await asyncio.gather(*map(caller, range(question["at_once"])))
        passed = time.perf_counter() - begun
        latencies.sort()
        return {
            "done": len(latencies) - len(faults),
            "failed": len(faults),
            "fault": faults[0] if faults else "",
            "seconds": passed,
            "p50": latencies[len(latencies) // 2] * 1000,
            "p99": latencies[len(latencies) * 99 // 100] * 1000,
        }

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close(None)

    def _channel(self, target: str, tls: str | None) -> grpc.aio.Channel:
        if (channel := self._channels.get(target)) is None:
            if tls is None:
                channel = grpc.aio.insecure_channel(target)
            else:
                names = ("ca.pem", "programme.key.pem", "programme.pem")
                files = (Path(tls, name).read_bytes() for name in names)
                channel = grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(*files))
            self._channels[target] = channel
        return channel


def _fault(answer: bytes, request_id: str) -> str:
    """What is wrong with an application; empty if it is granted, has a certificate, and is ours."""
    application = pb.IssueCertificateResponse.FromString(answer).application
    if application.state != pb.Application.STATE_GRANTED or not application.certificate.token:
        return f"not granted: {application.decision.reasons}"
    return "" if application.request_id == request_id else "the answer to another request"


def _fault_of_echo(answer: bytes) -> str:
    return "" if len(answer) == echo.ANSWER_SIZE else "a wrong answer"


async def _serve() -> None:
    load = _Load()
    await converse({}, load.run)
    await load.close()


if __name__ == "__main__":
    uvloop.run(_serve())
