"""Rules: a revocation counts as published only with its version; nothing is revoked unasked; `--wait` sees the list."""

from __future__ import annotations

import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from certsvc.cli import publication
from certsvc.cli.publication import read_entry
from certsvc.core import jose
from certsvc.core.errors import VerificationError
from certsvc.core.statuslist import encode_status_list
from certsvc.v1 import certificate_service_pb2, trust_service_pb2
from certsvc.v1 import operations_service_pb2 as pb
from tests.cli.conftest import Certsvc
from tests.cli.messages import SERIAL, certificate
from tests.cli.standin import Failure, StandIn

REVOKED = certificate_service_pb2.Certificate.STATUS_REVOKED
REVOKE = ("revoke", SERIAL, "--reason", "arrears")


def revoked(version: int) -> pb.RevokeCertificateResponse:
    return pb.RevokeCertificateResponse(certificate=certificate(REVOKED), published_version=version)


def list_with(entries: dict[int, int], version: int) -> str:
    """An unproved list of the address that the certificate names."""
    payload = encode_status_list(
        entries, uri="http://127.0.0.1:9/status/1", version=version, issued_at=1, expires_at=2, ttl=1
    )
    return f"e30.{jose.b64url_encode(payload)}.c2ln"


def published(entries: dict[int, int], version: int) -> trust_service_pb2.StatusList:
    return trust_service_pb2.StatusList(name="statusLists/1", token=list_with(entries, version), version=version)


def test_a_revocation_names_the_published_version(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["RevokeCertificate"] = revoked(12)
    ran = certsvc(*REVOKE, "--comment", "file 7", "--yes")
    assert ran.status == 0
    assert "Published in version 12" in ran.out
    asked = service.asked("RevokeCertificate")
    assert (asked.name, asked.reason, asked.comment) == (
        f"certificates/{SERIAL}",
        pb.REVOCATION_REASON_ARREARS,
        "file 7",
    )
    assert asked.request_id
    assert service.callers == ["spiffe://certsvc.localhost/operator/demo"]


def test_recorded_but_unpublished_is_no_success(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["RevokeCertificate"] = revoked(0)
    ran = certsvc(*REVOKE, "--yes")
    assert ran.status == 3
    assert "NOT YET PUBLISHED" in ran.out


def test_waiting_ends_when_the_list_shows_it(
    certsvc: Certsvc, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication, "_EVERY", 0.0)
    service.answers["RevokeCertificate"] = revoked(0)
    # The public address leads nowhere, so the service is asked: first for a list that does not show it yet.
    service.answers["GetStatusList"] = [published({}, 3), published({78: 1}, 4), published({77: 1}, 5)]
    ran = certsvc(*REVOKE, "--yes", "--wait")
    assert ran.status == 0
    assert "shows it in version 5" in ran.out
    assert service.asked("GetStatusList").name == "statusLists/1"


def test_waiting_in_vain_is_no_success(certsvc: Certsvc, service: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "_EVERY", 1000.0)
    service.answers["RevokeCertificate"] = revoked(3)
    service.answers["GetStatusList"] = Failure(grpc.StatusCode.UNAVAILABLE, "not now")
    ran = certsvc(*REVOKE, "--yes", "--wait")
    assert ran.status == 3
    assert "did not show it" in ran.out


def test_json_tells_whether_it_is_published(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["RevokeCertificate"] = revoked(0)
    ran = certsvc(*REVOKE, "--yes", "--json")
    assert ran.data["published"] is False
    assert ran.data["certificate"]["status"] == "STATUS_REVOKED"


def test_without_a_terminal_nothing_is_revoked_unasked(certsvc: Certsvc, service: StandIn) -> None:
    ran = certsvc(*REVOKE)
    assert ran.status == 2
    assert "--yes" in ran.err
    assert not service.called("RevokeCertificate")


@pytest.mark.parametrize(("typed", "status", "sent"), [("n\n", 130, False), ("y\n", 0, True), ("", 130, False)])
def test_on_a_terminal_it_shows_what_will_happen_and_asks(
    certsvc: Certsvc,
    service: StandIn,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    typed: str,
    status: int,
    sent: bool,
) -> None:
    (tmp_path / "typed").write_text(typed)
    with (tmp_path / "typed").open() as terminal:
        monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys, "stdin", terminal)
        service.answers["GetCertificate"] = certificate()
        service.answers["RevokeCertificate"] = revoked(2)
        ran = certsvc(*REVOKE, "--comment", "file 7")
    assert (ran.status, service.called("RevokeCertificate")) == (status, sent)
    for text in ("Panadería [Sol]", "arrears", "file 7", SERIAL):
        assert text in ran.out


@pytest.mark.parametrize("token", ["", "a.b", "e30.e30.x", "e30.!.x", f"e30.{jose.b64url_encode(b'[]')}.x"])
def test_what_is_no_list_shows_nothing(token: str) -> None:
    with pytest.raises(VerificationError):
        read_entry(token, 0)


def test_an_entry_is_read_as_the_verifier_reads_it() -> None:
    token = list_with({0: 1, 5: 2, 131_071: 1}, 9)
    assert [read_entry(token, index).value for index in (0, 1, 5, 131_071)] == [1, 0, 2, 1]
    with pytest.raises(VerificationError):
        read_entry(token, 131_072)


def test_republish_names_every_list(certsvc: Certsvc, service: StandIn) -> None:
    item = pb.PublishedList(uri="http://127.0.0.1:9/status/1", version=4, publish_time=Timestamp(seconds=1_800_000_000))
    service.answers["RepublishStatus"] = pb.RepublishStatusResponse(lists=[item])
    ran = certsvc("republish")
    assert ran.status == 0
    assert "http://127.0.0.1:9/status/1  4" in ran.out


def test_status_shows_agencies_pending_and_lists(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["GetServiceStatus"] = pb.GetServiceStatusResponse(
        version="0.1.0",
        rule_set="costa_rica/2026-01-01",
        agencies=[pb.AgencyStatus(agency="ccss", pending_applications=3)],
        pending_applications=3,
        oldest_pending_age=Duration(seconds=3661),
    )
    out = certsvc("status").out
    for text in ("costa_rica/2026-01-01", "ccss", "applications: 3", "1h01m", "No list is published."):
        assert text in out


def test_a_list_is_a_table_with_the_way_to_the_next_page(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["ListCertificates"] = certificate_service_pb2.ListCertificatesResponse(
        certificates=[certificate()], next_page_token="next"
    )
    ran = certsvc("list", "--status", "revoked", "--kind", "cr.nite", "--id", "3101", "--limit", "7")
    assert ran.status == 0
    assert "Panadería [Sol]" in ran.out
    assert "--page-token next" in ran.out
    asked = service.asked("ListCertificates")
    assert (asked.status, asked.page_size, asked.identifier.value) == (REVOKED, 7, "3101")


def test_get_tells_certificates_and_applications_apart(certsvc: Certsvc, service: StandIn) -> None:
    from tests.cli.messages import APPLICATION, application

    service.answers["GetCertificate"] = certificate()
    service.answers["GetApplication"] = application(certificate_service_pb2.Application.STATE_REFUSED)
    assert certsvc("get", SERIAL, "--token").out == "aaa.bbb.ccc\n"
    assert "BARRED_ARREARS" in certsvc("get", APPLICATION).out
    assert certsvc("get", APPLICATION, "--token").status == 1


def test_what_does_not_exist_is_a_negative_answer(certsvc: Certsvc, service: StandIn) -> None:
    service.answers["GetCertificate"] = Failure(grpc.StatusCode.NOT_FOUND, "No such certificate.")
    ran = certsvc("get", SERIAL)
    assert (ran.status, ran.out) == (1, "")
    assert "No such certificate." in ran.err
