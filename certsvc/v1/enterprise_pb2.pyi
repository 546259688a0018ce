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
    __slots__ = ("name", "text", "number", "day", "source", "as_of")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    name: str
    text: str
    number: _decimal_pb2.Decimal
    day: _date_pb2.Date
    source: str
    as_of: _date_pb2.Date
    def __init__(self, name: _Optional[str] = ..., text: _Optional[str] = ..., number: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., day: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., source: _Optional[str] = ..., as_of: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("scheme", "agency", "outcome", "further_outcomes", "data_as_of", "check_time", "account", "source")
    class Source(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SOURCE_UNSPECIFIED: _ClassVar[Finding.Source]
        SOURCE_ASKED: _ClassVar[Finding.Source]
        SOURCE_FILE: _ClassVar[Finding.Source]
        SOURCE_EVENT: _ClassVar[Finding.Source]
    SOURCE_UNSPECIFIED: Finding.Source
    SOURCE_ASKED: Finding.Source
    SOURCE_FILE: Finding.Source
    SOURCE_EVENT: Finding.Source
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FURTHER_OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    DATA_AS_OF_FIELD_NUMBER: _ClassVar[int]
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    scheme: str
    agency: str
    outcome: Outcome
    further_outcomes: _containers.RepeatedScalarFieldContainer[Outcome]
    data_as_of: _date_pb2.Date
    check_time: _timestamp_pb2.Timestamp
    account: Account
    source: Finding.Source
    def __init__(self, scheme: _Optional[str] = ..., agency: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., further_outcomes: _Optional[_Iterable[_Union[Outcome, str]]] = ..., data_as_of: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., check_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., account: _Optional[_Union[Account, _Mapping]] = ..., source: _Optional[_Union[Finding.Source, str]] = ...) -> None: ...

class Account(_message.Message):
    __slots__ = ("registered_on", "debts", "arrangement", "relief_requested_on", "last_payment_on", "discharges")
    REGISTERED_ON_FIELD_NUMBER: _ClassVar[int]
    DEBTS_FIELD_NUMBER: _ClassVar[int]
    ARRANGEMENT_FIELD_NUMBER: _ClassVar[int]
    RELIEF_REQUESTED_ON_FIELD_NUMBER: _ClassVar[int]
    LAST_PAYMENT_ON_FIELD_NUMBER: _ClassVar[int]
    DISCHARGES_FIELD_NUMBER: _ClassVar[int]
    registered_on: _date_pb2.Date
    debts: _containers.RepeatedCompositeFieldContainer[Debt]
    arrangement: Arrangement
    relief_requested_on: _date_pb2.Date
    last_payment_on: _date_pb2.Date
    discharges: _containers.RepeatedCompositeFieldContainer[Discharge]
    def __init__(self, registered_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., debts: _Optional[_Iterable[_Union[Debt, _Mapping]]] = ..., arrangement: _Optional[_Union[Arrangement, _Mapping]] = ..., relief_requested_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., last_payment_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., discharges: _Optional[_Iterable[_Union[Discharge, _Mapping]]] = ...) -> None: ...

class Debt(_message.Message):
    __slots__ = ("period_end", "principal", "penalty", "interest", "state", "principal_paid_on")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Debt.State]
        STATE_DUE: _ClassVar[Debt.State]
        STATE_PRESUMED: _ClassVar[Debt.State]
        STATE_SUSPENDED: _ClassVar[Debt.State]
        STATE_GUARANTEED: _ClassVar[Debt.State]
    STATE_UNSPECIFIED: Debt.State
    STATE_DUE: Debt.State
    STATE_PRESUMED: Debt.State
    STATE_SUSPENDED: Debt.State
    STATE_GUARANTEED: Debt.State
    PERIOD_END_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    PENALTY_FIELD_NUMBER: _ClassVar[int]
    INTEREST_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_PAID_ON_FIELD_NUMBER: _ClassVar[int]
    period_end: _date_pb2.Date
    principal: _decimal_pb2.Decimal
    penalty: _decimal_pb2.Decimal
    interest: _decimal_pb2.Decimal
    state: Debt.State
    principal_paid_on: _date_pb2.Date
    def __init__(self, period_end: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., principal: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., penalty: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., interest: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., state: _Optional[_Union[Debt.State, str]] = ..., principal_paid_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class Arrangement(_message.Message):
    __slots__ = ("signed_on", "first_paid_on", "late_instalments", "broken_on", "completed_on")
    SIGNED_ON_FIELD_NUMBER: _ClassVar[int]
    FIRST_PAID_ON_FIELD_NUMBER: _ClassVar[int]
    LATE_INSTALMENTS_FIELD_NUMBER: _ClassVar[int]
    BROKEN_ON_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_ON_FIELD_NUMBER: _ClassVar[int]
    signed_on: _date_pb2.Date
    first_paid_on: _date_pb2.Date
    late_instalments: int
    broken_on: _date_pb2.Date
    completed_on: _date_pb2.Date
    def __init__(self, signed_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., first_paid_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., late_instalments: _Optional[int] = ..., broken_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., completed_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class Discharge(_message.Message):
    __slots__ = ("bar", "imposed_on", "requested_on", "regularised_on", "trained_on", "previous_on")
    BAR_FIELD_NUMBER: _ClassVar[int]
    IMPOSED_ON_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_ON_FIELD_NUMBER: _ClassVar[int]
    REGULARISED_ON_FIELD_NUMBER: _ClassVar[int]
    TRAINED_ON_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_ON_FIELD_NUMBER: _ClassVar[int]
    bar: Outcome
    imposed_on: _date_pb2.Date
    requested_on: _date_pb2.Date
    regularised_on: _date_pb2.Date
    trained_on: _date_pb2.Date
    previous_on: _date_pb2.Date
    def __init__(self, bar: _Optional[_Union[Outcome, str]] = ..., imposed_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., requested_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., regularised_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., trained_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., previous_on: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("result", "kind", "size", "reasons", "legal_date", "appeal_until", "rule_set", "findings", "facts", "evidence_digest", "effects", "unchecked")
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
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    UNCHECKED_FIELD_NUMBER: _ClassVar[int]
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
    effects: _containers.RepeatedCompositeFieldContainer[Effect]
    unchecked: _containers.RepeatedCompositeFieldContainer[Unchecked]
    def __init__(self, result: _Optional[_Union[Decision.Result, str]] = ..., kind: _Optional[_Union[CertificateKind, str]] = ..., size: _Optional[_Union[SizeClass, str]] = ..., reasons: _Optional[_Iterable[_Union[Reason, _Mapping]]] = ..., legal_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., appeal_until: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., rule_set: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., evidence_digest: _Optional[bytes] = ..., effects: _Optional[_Iterable[_Union[Effect, _Mapping]]] = ..., unchecked: _Optional[_Iterable[_Union[Unchecked, _Mapping]]] = ...) -> None: ...

class Effect(_message.Message):
    __slots__ = ("name", "date")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    date: _date_pb2.Date
    def __init__(self, name: _Optional[str] = ..., date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class Unchecked(_message.Message):
    __slots__ = ("scheme", "agency")
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    scheme: str
    agency: str
    def __init__(self, scheme: _Optional[str] = ..., agency: _Optional[str] = ...) -> None: ...

class Reason(_message.Message):
    __slots__ = ("code", "scheme", "agency", "text", "remedy", "citation", "since")
    CODE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    code: str
    scheme: str
    agency: str
    text: str
    remedy: str
    citation: str
    since: _date_pb2.Date
    def __init__(self, code: _Optional[str] = ..., scheme: _Optional[str] = ..., agency: _Optional[str] = ..., text: _Optional[str] = ..., remedy: _Optional[str] = ..., citation: _Optional[str] = ..., since: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...
