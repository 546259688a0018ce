"""Canned answers for the stand-in."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date

from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2

SERIAL = "MSE-2345-6789-ABCD-EFGH-JKMN"
APPLICATION = "6d1f1f3e-0000-4000-8000-000000000001"


def certificate(
    status: pb.Certificate.Status = pb.Certificate.STATUS_VALID, uri: str = "http://127.0.0.1:9/status/1"
) -> pb.Certificate:
    """A certificate of a micro firm."""
    return pb.Certificate(
        name=f"certificates/{SERIAL}",
        token="aaa.bbb.ccc",
        kind=enterprise_pb2.CERTIFICATE_KIND_FULL,
        identifier=enterprise_pb2.Identifier(kind="cr.cedula_juridica", value="3101999901"),
        enterprise_name="Panadería [Sol]",
        issue_time=Timestamp(seconds=1_800_000_000),
        expire_time=Timestamp(seconds=1_810_000_000),
        status=status,
        status_list_uri=uri,
        status_index=77,
    )


def application(state: pb.Application.State) -> pb.Application:
    """An application in this state, with what belongs to it."""
    made = pb.Application(name=f"applications/{APPLICATION}", request_id="r", state=state)
    made.decision.rule_set = "costa_rica/2026-01-01#sha256-x"
    made.decision.legal_date.CopyFrom(Date(year=2026, month=11, day=2))
    if state == pb.Application.STATE_GRANTED:
        made.certificate.CopyFrom(certificate())
    else:
        made.decision.reasons.append(
            enterprise_pb2.Reason(
                code="BARRED_ARREARS",
                scheme="tax",
                agency="hacienda",
                text="There are overdue taxes.",
                remedy="Pay at the tax office.",
                citation="Ley 8262 art. 3",
            )
        )
    return made
