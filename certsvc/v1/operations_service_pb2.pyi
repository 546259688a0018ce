import datetime

from certsvc.v1 import certificate_service_pb2 as _certificate_service_pb2
from certsvc.v1 import enterprise_pb2 as _enterprise_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DegradedMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEGRADED_MODE_UNSPECIFIED: _ClassVar[DegradedMode]
    DEGRADED_MODE_PENDING: _ClassVar[DegradedMode]
    DEGRADED_MODE_REFUSE: _ClassVar[DegradedMode]
    DEGRADED_MODE_PROVISIONAL: _ClassVar[DegradedMode]
    DEGRADED_MODE_REUSE: _ClassVar[DegradedMode]

class RevocationReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVOCATION_REASON_UNSPECIFIED: _ClassVar[RevocationReason]
    REVOCATION_REASON_ARREARS: _ClassVar[RevocationReason]
    REVOCATION_REASON_MISSING_RETURN: _ClassVar[RevocationReason]
    REVOCATION_REASON_ARRANGEMENT_BROKEN: _ClassVar[RevocationReason]
    REVOCATION_REASON_SIZE_OUTGROWN: _ClassVar[RevocationReason]
    REVOCATION_REASON_DATA_UPDATE_MISSED: _ClassVar[RevocationReason]
    REVOCATION_REASON_INSPECTION_FAILED: _ClassVar[RevocationReason]
    REVOCATION_REASON_MISDECLARED: _ClassVar[RevocationReason]
    REVOCATION_REASON_ISSUED_IN_ERROR: _ClassVar[RevocationReason]
    REVOCATION_REASON_KEY_COMPROMISE: _ClassVar[RevocationReason]
    REVOCATION_REASON_COURT_ORDER: _ClassVar[RevocationReason]
    REVOCATION_REASON_HOLDER_REQUEST: _ClassVar[RevocationReason]
    REVOCATION_REASON_DISSOLVED: _ClassVar[RevocationReason]
DEGRADED_MODE_UNSPECIFIED: DegradedMode
DEGRADED_MODE_PENDING: DegradedMode
DEGRADED_MODE_REFUSE: DegradedMode
DEGRADED_MODE_PROVISIONAL: DegradedMode
DEGRADED_MODE_REUSE: DegradedMode
REVOCATION_REASON_UNSPECIFIED: RevocationReason
REVOCATION_REASON_ARREARS: RevocationReason
REVOCATION_REASON_MISSING_RETURN: RevocationReason
REVOCATION_REASON_ARRANGEMENT_BROKEN: RevocationReason
REVOCATION_REASON_SIZE_OUTGROWN: RevocationReason
REVOCATION_REASON_DATA_UPDATE_MISSED: RevocationReason
REVOCATION_REASON_INSPECTION_FAILED: RevocationReason
REVOCATION_REASON_MISDECLARED: RevocationReason
REVOCATION_REASON_ISSUED_IN_ERROR: RevocationReason
REVOCATION_REASON_KEY_COMPROMISE: RevocationReason
REVOCATION_REASON_COURT_ORDER: RevocationReason
REVOCATION_REASON_HOLDER_REQUEST: RevocationReason
REVOCATION_REASON_DISSOLVED: RevocationReason

class AgencyMode(_message.Message):
    __slots__ = ("agency", "mode", "reason", "actor", "switch_time", "expire_time")
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    SWITCH_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    agency: str
    mode: DegradedMode
    reason: str
    actor: str
    switch_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, agency: _Optional[str] = ..., mode: _Optional[_Union[DegradedMode, str]] = ..., reason: _Optional[str] = ..., actor: _Optional[str] = ..., switch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SwitchAgencyModeRequest(_message.Message):
    __slots__ = ("agency", "mode", "reason", "expire_time")
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    agency: str
    mode: DegradedMode
    reason: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, agency: _Optional[str] = ..., mode: _Optional[_Union[DegradedMode, str]] = ..., reason: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SwitchAgencyModeResponse(_message.Message):
    __slots__ = ("mode",)
    MODE_FIELD_NUMBER: _ClassVar[int]
    mode: AgencyMode
    def __init__(self, mode: _Optional[_Union[AgencyMode, _Mapping]] = ...) -> None: ...

class AgencyHold(_message.Message):
    __slots__ = ("agency", "hold_time", "suspect_time", "asked", "turned", "proposed_by", "propose_time", "reason", "released_by", "release_time")
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    HOLD_TIME_FIELD_NUMBER: _ClassVar[int]
    SUSPECT_TIME_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    TURNED_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_BY_FIELD_NUMBER: _ClassVar[int]
    PROPOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RELEASED_BY_FIELD_NUMBER: _ClassVar[int]
    RELEASE_TIME_FIELD_NUMBER: _ClassVar[int]
    agency: str
    hold_time: _timestamp_pb2.Timestamp
    suspect_time: _timestamp_pb2.Timestamp
    asked: int
    turned: int
    proposed_by: str
    propose_time: _timestamp_pb2.Timestamp
    reason: str
    released_by: str
    release_time: _timestamp_pb2.Timestamp
    def __init__(self, agency: _Optional[str] = ..., hold_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., suspect_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., asked: _Optional[int] = ..., turned: _Optional[int] = ..., proposed_by: _Optional[str] = ..., propose_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., released_by: _Optional[str] = ..., release_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReleaseAgencyHoldRequest(_message.Message):
    __slots__ = ("agency", "reason")
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    agency: str
    reason: str
    def __init__(self, agency: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ReleaseAgencyHoldResponse(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: AgencyHold
    def __init__(self, hold: _Optional[_Union[AgencyHold, _Mapping]] = ...) -> None: ...

class Dispute(_message.Message):
    __slots__ = ("name", "state", "agency", "scheme", "identifier", "statement", "opened_by", "open_time", "expire_time", "approved_by", "approve_time", "closed_by", "close_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Dispute.State]
        STATE_OPEN: _ClassVar[Dispute.State]
        STATE_APPROVED: _ClassVar[Dispute.State]
        STATE_EXPIRED: _ClassVar[Dispute.State]
        STATE_CLOSED: _ClassVar[Dispute.State]
    STATE_UNSPECIFIED: Dispute.State
    STATE_OPEN: Dispute.State
    STATE_APPROVED: Dispute.State
    STATE_EXPIRED: Dispute.State
    STATE_CLOSED: Dispute.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    OPENED_BY_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    APPROVED_BY_FIELD_NUMBER: _ClassVar[int]
    APPROVE_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSED_BY_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: Dispute.State
    agency: str
    scheme: str
    identifier: _enterprise_pb2.Identifier
    statement: str
    opened_by: str
    open_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    approved_by: str
    approve_time: _timestamp_pb2.Timestamp
    closed_by: str
    close_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[Dispute.State, str]] = ..., agency: _Optional[str] = ..., scheme: _Optional[str] = ..., identifier: _Optional[_Union[_enterprise_pb2.Identifier, _Mapping]] = ..., statement: _Optional[str] = ..., opened_by: _Optional[str] = ..., open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., approved_by: _Optional[str] = ..., approve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_by: _Optional[str] = ..., close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OpenDisputeRequest(_message.Message):
    __slots__ = ("agency", "scheme", "identifier", "statement", "expire_time")
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    agency: str
    scheme: str
    identifier: _enterprise_pb2.Identifier
    statement: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, agency: _Optional[str] = ..., scheme: _Optional[str] = ..., identifier: _Optional[_Union[_enterprise_pb2.Identifier, _Mapping]] = ..., statement: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OpenDisputeResponse(_message.Message):
    __slots__ = ("dispute",)
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    dispute: Dispute
    def __init__(self, dispute: _Optional[_Union[Dispute, _Mapping]] = ...) -> None: ...

class ApproveDisputeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ApproveDisputeResponse(_message.Message):
    __slots__ = ("dispute",)
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    dispute: Dispute
    def __init__(self, dispute: _Optional[_Union[Dispute, _Mapping]] = ...) -> None: ...

class CloseDisputeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class CloseDisputeResponse(_message.Message):
    __slots__ = ("dispute",)
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    dispute: Dispute
    def __init__(self, dispute: _Optional[_Union[Dispute, _Mapping]] = ...) -> None: ...

class ListDisputesRequest(_message.Message):
    __slots__ = ("show_closed", "identifier", "page_size")
    SHOW_CLOSED_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    show_closed: bool
    identifier: _enterprise_pb2.Identifier
    page_size: int
    def __init__(self, show_closed: _Optional[bool] = ..., identifier: _Optional[_Union[_enterprise_pb2.Identifier, _Mapping]] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListDisputesResponse(_message.Message):
    __slots__ = ("disputes",)
    DISPUTES_FIELD_NUMBER: _ClassVar[int]
    disputes: _containers.RepeatedCompositeFieldContainer[Dispute]
    def __init__(self, disputes: _Optional[_Iterable[_Union[Dispute, _Mapping]]] = ...) -> None: ...

class RevokeCertificateRequest(_message.Message):
    __slots__ = ("name", "reason", "comment", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: RevocationReason
    comment: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[_Union[RevocationReason, str]] = ..., comment: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RevokeCertificateResponse(_message.Message):
    __slots__ = ("certificate", "published_version")
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_VERSION_FIELD_NUMBER: _ClassVar[int]
    certificate: _certificate_service_pb2.Certificate
    published_version: int
    def __init__(self, certificate: _Optional[_Union[_certificate_service_pb2.Certificate, _Mapping]] = ..., published_version: _Optional[int] = ...) -> None: ...

class RepublishStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RepublishStatusResponse(_message.Message):
    __slots__ = ("lists",)
    LISTS_FIELD_NUMBER: _ClassVar[int]
    lists: _containers.RepeatedCompositeFieldContainer[PublishedList]
    def __init__(self, lists: _Optional[_Iterable[_Union[PublishedList, _Mapping]]] = ...) -> None: ...

class PublishedList(_message.Message):
    __slots__ = ("uri", "version", "publish_time", "expire_time")
    URI_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    uri: str
    version: int
    publish_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, uri: _Optional[str] = ..., version: _Optional[int] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetServiceStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServiceStatusResponse(_message.Message):
    __slots__ = ("version", "rule_set", "agencies", "pending_applications", "oldest_pending_age", "lists")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RULE_SET_FIELD_NUMBER: _ClassVar[int]
    AGENCIES_FIELD_NUMBER: _ClassVar[int]
    PENDING_APPLICATIONS_FIELD_NUMBER: _ClassVar[int]
    OLDEST_PENDING_AGE_FIELD_NUMBER: _ClassVar[int]
    LISTS_FIELD_NUMBER: _ClassVar[int]
    version: str
    rule_set: str
    agencies: _containers.RepeatedCompositeFieldContainer[AgencyStatus]
    pending_applications: int
    oldest_pending_age: _duration_pb2.Duration
    lists: _containers.RepeatedCompositeFieldContainer[PublishedList]
    def __init__(self, version: _Optional[str] = ..., rule_set: _Optional[str] = ..., agencies: _Optional[_Iterable[_Union[AgencyStatus, _Mapping]]] = ..., pending_applications: _Optional[int] = ..., oldest_pending_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., lists: _Optional[_Iterable[_Union[PublishedList, _Mapping]]] = ...) -> None: ...

class AgencyStatus(_message.Message):
    __slots__ = ("agency", "schemes", "pending_applications", "breaker", "concurrency_limit", "in_flight", "waiting", "oldest_pending_age", "quota_left", "pause_expire_time", "answer_time", "data_as_of", "mode", "hold", "failing_since_time")
    class Breaker(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        BREAKER_UNSPECIFIED: _ClassVar[AgencyStatus.Breaker]
        BREAKER_CLOSED: _ClassVar[AgencyStatus.Breaker]
        BREAKER_OPEN: _ClassVar[AgencyStatus.Breaker]
        BREAKER_HALF_OPEN: _ClassVar[AgencyStatus.Breaker]
    BREAKER_UNSPECIFIED: AgencyStatus.Breaker
    BREAKER_CLOSED: AgencyStatus.Breaker
    BREAKER_OPEN: AgencyStatus.Breaker
    BREAKER_HALF_OPEN: AgencyStatus.Breaker
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    SCHEMES_FIELD_NUMBER: _ClassVar[int]
    PENDING_APPLICATIONS_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    CONCURRENCY_LIMIT_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    OLDEST_PENDING_AGE_FIELD_NUMBER: _ClassVar[int]
    QUOTA_LEFT_FIELD_NUMBER: _ClassVar[int]
    PAUSE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TIME_FIELD_NUMBER: _ClassVar[int]
    DATA_AS_OF_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    FAILING_SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    agency: str
    schemes: _containers.RepeatedScalarFieldContainer[str]
    pending_applications: int
    breaker: AgencyStatus.Breaker
    concurrency_limit: int
    in_flight: int
    waiting: int
    oldest_pending_age: _duration_pb2.Duration
    quota_left: int
    pause_expire_time: _timestamp_pb2.Timestamp
    answer_time: _timestamp_pb2.Timestamp
    data_as_of: _date_pb2.Date
    mode: AgencyMode
    hold: AgencyHold
    failing_since_time: _timestamp_pb2.Timestamp
    def __init__(self, agency: _Optional[str] = ..., schemes: _Optional[_Iterable[str]] = ..., pending_applications: _Optional[int] = ..., breaker: _Optional[_Union[AgencyStatus.Breaker, str]] = ..., concurrency_limit: _Optional[int] = ..., in_flight: _Optional[int] = ..., waiting: _Optional[int] = ..., oldest_pending_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., quota_left: _Optional[int] = ..., pause_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., data_as_of: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., mode: _Optional[_Union[AgencyMode, _Mapping]] = ..., hold: _Optional[_Union[AgencyHold, _Mapping]] = ..., failing_since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
