import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.type import decimal_pb2 as _decimal_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_CLEAR: _ClassVar[Outcome]
    OUTCOME_CLEAR_UNDER_ARRANGEMENT: _ClassVar[Outcome]
    OUTCOME_CLEAR_NOT_LIABLE: _ClassVar[Outcome]
    OUTCOME_CLEAR_BELOW_THRESHOLD: _ClassVar[Outcome]
    OUTCOME_BARRED_ARREARS: _ClassVar[Outcome]
    OUTCOME_BARRED_MISSING_RETURN: _ClassVar[Outcome]
    OUTCOME_BARRED_ARRANGEMENT_BROKEN: _ClassVar[Outcome]
    OUTCOME_BARRED_NOT_REGISTERED: _ClassVar[Outcome]
    OUTCOME_BARRED_DEREGISTERED: _ClassVar[Outcome]
    OUTCOME_DISPUTED: _ClassVar[Outcome]
    OUTCOME_NO_INFORMATION: _ClassVar[Outcome]
    OUTCOME_UNAVAILABLE: _ClassVar[Outcome]
    OUTCOME_MALFORMED: _ClassVar[Outcome]
    OUTCOME_RATE_LIMITED: _ClassVar[Outcome]

class CertificateKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CERTIFICATE_KIND_UNSPECIFIED: _ClassVar[CertificateKind]
    CERTIFICATE_KIND_FULL: _ClassVar[CertificateKind]
    CERTIFICATE_KIND_UNDER_ARRANGEMENT: _ClassVar[CertificateKind]
    CERTIFICATE_KIND_PROVISIONAL: _ClassVar[CertificateKind]

class SizeClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIZE_CLASS_UNSPECIFIED: _ClassVar[SizeClass]
    SIZE_CLASS_MICRO: _ClassVar[SizeClass]
    SIZE_CLASS_SMALL: _ClassVar[SizeClass]
    SIZE_CLASS_MEDIUM: _ClassVar[SizeClass]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_CLEAR: Outcome
OUTCOME_CLEAR_UNDER_ARRANGEMENT: Outcome
OUTCOME_CLEAR_NOT_LIABLE: Outcome
OUTCOME_CLEAR_BELOW_THRESHOLD: Outcome
OUTCOME_BARRED_ARREARS: Outcome
OUTCOME_BARRED_MISSING_RETURN: Outcome
OUTCOME_BARRED_ARRANGEMENT_BROKEN: Outcome
OUTCOME_BARRED_NOT_REGISTERED: Outcome
OUTCOME_BARRED_DEREGISTERED: Outcome
OUTCOME_DISPUTED: Outcome
OUTCOME_NO_INFORMATION: Outcome
OUTCOME_UNAVAILABLE: Outcome
OUTCOME_MALFORMED: Outcome
OUTCOME_RATE_LIMITED: Outcome
CERTIFICATE_KIND_UNSPECIFIED: CertificateKind
CERTIFICATE_KIND_FULL: CertificateKind
CERTIFICATE_KIND_UNDER_ARRANGEMENT: CertificateKind
CERTIFICATE_KIND_PROVISIONAL: CertificateKind
SIZE_CLASS_UNSPECIFIED: SizeClass
SIZE_CLASS_MICRO: SizeClass
SIZE_CLASS_SMALL: SizeClass
SIZE_CLASS_MEDIUM: SizeClass

class Identifier(_message.Message):
    __slots__ = ("kind", "value")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    value: str
    def __init__(self, kind: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Enterprise(_message.Message):
    __slots__ = ("identifiers", "name")
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    identifiers: _containers.RepeatedCompositeFieldContainer[Identifier]
    name: str
    def __init__(self, identifiers: _Optional[_Iterable[_Union[Identifier, _Mapping]]] = ..., name: _Optional[str] = ...) -> None: ...

class Fact(_message.Message):
    __slots__ = ("name", "text", "number", "source", "as_of")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    name: str
    text: str
    number: _decimal_pb2.Decimal
    source: str
    as_of: _date_pb2.Date
    def __init__(self, name: _Optional[str] = ..., text: _Optional[str] = ..., number: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., source: _Optional[str] = ..., as_of: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("scheme", "agency", "outcome", "further_outcomes", "data_as_of", "check_time")
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FURTHER_OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    DATA_AS_OF_FIELD_NUMBER: _ClassVar[int]
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    scheme: str
    agency: str
    outcome: Outcome
    further_outcomes: _containers.RepeatedScalarFieldContainer[Outcome]
    data_as_of: _date_pb2.Date
    check_time: _timestamp_pb2.Timestamp
    def __init__(self, scheme: _Optional[str] = ..., agency: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., further_outcomes: _Optional[_Iterable[_Union[Outcome, str]]] = ..., data_as_of: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., check_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("result", "kind", "size", "reasons", "legal_date", "appeal_until", "rule_set", "findings", "facts", "evidence_digest")
    class Result(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RESULT_UNSPECIFIED: _ClassVar[Decision.Result]
        RESULT_GRANTED: _ClassVar[Decision.Result]
        RESULT_REFUSED: _ClassVar[Decision.Result]
        RESULT_UNDECIDED: _ClassVar[Decision.Result]
    RESULT_UNSPECIFIED: Decision.Result
    RESULT_GRANTED: Decision.Result
    RESULT_REFUSED: Decision.Result
    RESULT_UNDECIDED: Decision.Result
    RESULT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_DATE_FIELD_NUMBER: _ClassVar[int]
    APPEAL_UNTIL_FIELD_NUMBER: _ClassVar[int]
    RULE_SET_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    result: Decision.Result
    kind: CertificateKind
    size: SizeClass
    reasons: _containers.RepeatedCompositeFieldContainer[Reason]
    legal_date: _date_pb2.Date
    appeal_until: _date_pb2.Date
    rule_set: str
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    facts: _containers.RepeatedCompositeFieldContainer[Fact]
    evidence_digest: bytes
    def __init__(self, result: _Optional[_Union[Decision.Result, str]] = ..., kind: _Optional[_Union[CertificateKind, str]] = ..., size: _Optional[_Union[SizeClass, str]] = ..., reasons: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ..., legal_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., appeal_until: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., rule_set: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., evidence_digest: _Optional[bytes] = ...) -> None: ...

class Reason(_message.Message):
    __slots__ = ("code", "scheme", "agency", "text", "remedy", "citation")
    CODE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    code: str
    scheme: str
    agency: str
    text: str
    remedy: str
    citation: str
    def __init__(self, code: _Optional[str] = ..., scheme: _Optional[str] = ..., agency: _Optional[str] = ..., text: _Optional[str] = ..., remedy: _Optional[str] = ..., citation: _Optional[str] = ...) -> None: ...
