from certsvc.v1 import agency_event_service_pb2 as _agency_event_service_pb2
from certsvc.v1 import enterprise_pb2 as _enterprise_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetFindingsRequest(_message.Message):
    __slots__ = ("identifiers", "schemes")
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    SCHEMES_FIELD_NUMBER: _ClassVar[int]
    identifiers: _containers.RepeatedCompositeFieldContainer[_enterprise_pb2.Identifier]
    schemes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, identifiers: _Optional[_Iterable[_Union[_enterprise_pb2.Identifier, _Mapping]]] = ..., schemes: _Optional[_Iterable[str]] = ...) -> None: ...

class GetFindingsResponse(_message.Message):
    __slots__ = ("findings", "facts")
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    findings: _containers.RepeatedCompositeFieldContainer[_enterprise_pb2.Finding]
    facts: _containers.RepeatedCompositeFieldContainer[_enterprise_pb2.Fact]
    def __init__(self, findings: _Optional[_Iterable[_Union[_enterprise_pb2.Finding, _Mapping]]] = ..., facts: _Optional[_Iterable[_Union[_enterprise_pb2.Fact, _Mapping]]] = ...) -> None: ...

class BatchGetFindingsRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[GetFindingsRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[GetFindingsRequest, _Mapping]]] = ...) -> None: ...

class BatchGetFindingsResponse(_message.Message):
    __slots__ = ("responses",)
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    responses: _containers.RepeatedCompositeFieldContainer[GetFindingsResponse]
    def __init__(self, responses: _Optional[_Iterable[_Union[GetFindingsResponse, _Mapping]]] = ...) -> None: ...

class StreamChangesRequest(_message.Message):
    __slots__ = ("cursor",)
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    def __init__(self, cursor: _Optional[str] = ...) -> None: ...

class StreamChangesResponse(_message.Message):
    __slots__ = ("events", "cursor")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_agency_event_service_pb2.AgencyEvent]
    cursor: str
    def __init__(self, events: _Optional[_Iterable[_Union[_agency_event_service_pb2.AgencyEvent, _Mapping]]] = ..., cursor: _Optional[str] = ...) -> None: ...
