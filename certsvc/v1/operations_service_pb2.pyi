import datetime

from certsvc.v1 import certificate_service_pb2 as _certificate_service_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

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
    __slots__ = ("agency", "schemes", "pending_applications")
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    SCHEMES_FIELD_NUMBER: _ClassVar[int]
    PENDING_APPLICATIONS_FIELD_NUMBER: _ClassVar[int]
    agency: str
    schemes: _containers.RepeatedScalarFieldContainer[str]
    pending_applications: int
    def __init__(self, agency: _Optional[str] = ..., schemes: _Optional[_Iterable[str]] = ..., pending_applications: _Optional[int] = ...) -> None: ...
