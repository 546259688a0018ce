"""Each error has one fixed answer, and no answer is too large to arrive."""

from __future__ import annotations

import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from certsvc.core import errors as core
from certsvc.server import errors

# What the operator or the holder of a token acts on: never raised by a use case for a remote caller.
NOT_FOR_CLIENTS = {
    core.CertsvcError,
    core.ConfigError,
    core.MalformedRecord,
    core.StaleTrust,
    core.StoreRejected,
    core.StreamTaken,
    core.VerificationError,
}


def test_every_error_of_ours_has_an_answer_or_is_listed_as_internal() -> None:
    ours = {kind for kind in vars(core).values() if isinstance(kind, type) and issubclass(kind, core.CertsvcError)}
    assert ours - errors.ANSWERS.keys() == NOT_FOR_CLIENTS


def test_reasons_are_stable_words_and_distinct() -> None:
    reasons = [answer.reason for answer in errors.ANSWERS.values()]
    assert len(set(reasons)) == len(reasons)
    assert all(reason.isupper() and reason.replace("_", "").isalpha() for reason in reasons)


def test_what_is_unavailable_or_exhausted_may_be_retried() -> None:
    for answer in errors.ANSWERS.values():
        if answer.code in (StatusCode.UNAVAILABLE, StatusCode.RESOURCE_EXHAUSTED):
            assert answer.retry_after is not None


def test_an_error_is_told_as_its_nearest_base() -> None:
    class Narrower(core.StoreUnavailable):
        pass

    assert errors.answer_for(Narrower()).reason == "STORE_UNAVAILABLE"
    assert errors.answer_for(core.StaleTrust("STALE")) is errors.INTERNAL
    assert errors.answer_for(ZeroDivisionError()) is errors.INTERNAL


@pytest.mark.parametrize("text", ["x" * 100_000, "\U0001f9fe" * 100_000])
@pytest.mark.parametrize("count", [1, 5000])
def test_details_never_exceed_their_cap(text: str, count: int) -> None:
    error = core.InvalidRequest(text, text, *[(text, text)] * (count - 1))
    raw = errors.status_of(error, errors.answer_for(error), "incident")
    assert len(raw) <= errors.DETAILS_CAP
    bad = BadRequest()
    assert Status.FromString(raw).details[1].Unpack(bad)
    assert bad.field_violations, "the first violation is always told"


def test_an_incident_is_named_to_the_client() -> None:
    raw = errors.status_of(ValueError("secret"), errors.INTERNAL, "abc123")
    info = ErrorInfo()
    Status.FromString(raw).details[0].Unpack(info)
    assert info.metadata["incident"] == "abc123"
    assert b"secret" not in raw
