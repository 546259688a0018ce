import datetime

from certsvc.v1 import enterprise_pb2 as _enterprise_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AgencyEvent(_message.Message):
    __slots__ = ("event_id", "kind", "scheme", "identifier", "occur_time")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[AgencyEvent.Kind]
        KIND_PAYMENT: _ClassVar[AgencyEvent.Kind]
        KIND_ARREARS: _ClassVar[AgencyEvent.Kind]
        KIND_ARRANGEMENT_BROKEN: _ClassVar[AgencyEvent.Kind]
    KIND_UNSPECIFIED: AgencyEvent.Kind
    KIND_PAYMENT: AgencyEvent.Kind
    KIND_ARREARS: AgencyEvent.Kind
    KIND_ARRANGEMENT_BROKEN: AgencyEvent.Kind
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    kind: AgencyEvent.Kind
    scheme: str
    identifier: _enterprise_pb2.Identifier
    occur_time: _timestamp_pb2.Timestamp
    def __init__(self, event_id: _Optional[str] = ..., kind: _Optional[_Union[AgencyEvent.Kind, str]] = ..., scheme: _Optional[str] = ..., identifier: _Optional[_Union[_enterprise_pb2.Identifier, _Mapping]] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReportEventsRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[AgencyEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[AgencyEvent, _Mapping]]] = ...) -> None: ...

class ReportEventsResponse(_message.Message):
    __slots__ = ("new_events",)
    NEW_EVENTS_FIELD_NUMBER: _ClassVar[int]
    new_events: int
    def __init__(self, new_events: _Optional[int] = ...) -> None: ...
