"""Requests as a programme would send them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from google.type.date_pb2 import Date as WireDate
from google.type.decimal_pb2 import Decimal as WireDecimal

from certsvc.agencies.sandbox.scenario import CastMember
from certsvc.core.model import Fact
from certsvc.v1 import certificate_service_pb2 as pb
from certsvc.v1 import enterprise_pb2


def request_for(member: CastMember, request_id: str, language: str = "en") -> pb.IssueCertificateRequest:
    """The application of a member of the sandbox's cast."""
    identifier = enterprise_pb2.Identifier(kind=member.identifier.kind, value=member.identifier.value)
    return pb.IssueCertificateRequest(
        enterprise=enterprise_pb2.Enterprise(identifiers=[identifier], name=member.name),
        declared_facts=[wire_fact(fact) for fact in member.declared],
        request_id=request_id,
        language_code=language,
    )


def wire_fact(fact: Fact) -> enterprise_pb2.Fact:
    """A declared fact as it is sent."""
    if isinstance(fact.value, Decimal):
        return enterprise_pb2.Fact(name=fact.name, number=WireDecimal(value=format(fact.value, "f")))
    if isinstance(fact.value, date):
        day = fact.value
        return enterprise_pb2.Fact(name=fact.name, day=WireDate(year=day.year, month=day.month, day=day.day))
    return enterprise_pb2.Fact(name=fact.name, text=fact.value)
