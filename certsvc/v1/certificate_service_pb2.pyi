import datetime

from certsvc.v1 import enterprise_pb2 as _enterprise_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Application(_message.Message):
    __slots__ = ("name", "request_id", "state", "enterprise", "decision", "certificate", "create_time", "update_time", "next_attempt_time", "expire_time", "progress", "attempts", "worker", "lease_expire_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Application.State]
        STATE_PENDING: _ClassVar[Application.State]
        STATE_GRANTED: _ClassVar[Application.State]
        STATE_REFUSED: _ClassVar[Application.State]
        STATE_EXPIRED: _ClassVar[Application.State]
    STATE_UNSPECIFIED: Application.State
    STATE_PENDING: Application.State
    STATE_GRANTED: Application.State
    STATE_REFUSED: Application.State
    STATE_EXPIRED: Application.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ENTERPRISE_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_ATTEMPT_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    LEASE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    state: Application.State
    enterprise: _enterprise_pb2.Enterprise
    decision: _enterprise_pb2.Decision
    certificate: Certificate
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    next_attempt_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    progress: _containers.RepeatedCompositeFieldContainer[AgencyProgress]
    attempts: int
    worker: str
    lease_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ..., state: _Optional[_Union[Application.State, str]] = ..., enterprise: _Optional[_Union[_enterprise_pb2.Enterprise, _Mapping]] = ..., decision: _Optional[_Union[_enterprise_pb2.Decision, _Mapping]] = ..., certificate: _Optional[_Union[Certificate, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_attempt_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., progress: _Optional[_Iterable[_Union[AgencyProgress, _Mapping]]] = ..., attempts: _Optional[int] = ..., worker: _Optional[str] = ..., lease_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AgencyProgress(_message.Message):
    __slots__ = ("agency", "schemes", "state", "check_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[AgencyProgress.State]
        STATE_ANSWERED: _ClassVar[AgencyProgress.State]
        STATE_ASKING: _ClassVar[AgencyProgress.State]
        STATE_WAITING: _ClassVar[AgencyProgress.State]
        STATE_PAUSED: _ClassVar[AgencyProgress.State]
        STATE_DISPUTED: _ClassVar[AgencyProgress.State]
    STATE_UNSPECIFIED: AgencyProgress.State
    STATE_ANSWERED: AgencyProgress.State
    STATE_ASKING: AgencyProgress.State
    STATE_WAITING: AgencyProgress.State
    STATE_PAUSED: AgencyProgress.State
    STATE_DISPUTED: AgencyProgress.State
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    SCHEMES_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    agency: str
    schemes: _containers.RepeatedScalarFieldContainer[str]
    state: AgencyProgress.State
    check_time: _timestamp_pb2.Timestamp
    def __init__(self, agency: _Optional[str] = ..., schemes: _Optional[_Iterable[str]] = ..., state: _Optional[_Union[AgencyProgress.State, str]] = ..., check_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Certificate(_message.Message):
    __slots__ = ("name", "token", "kind", "identifier", "enterprise_name", "size", "issue_time", "expire_time", "status", "status_list_uri", "status_index", "replaced_by")
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS_UNSPECIFIED: _ClassVar[Certificate.Status]
        STATUS_VALID: _ClassVar[Certificate.Status]
        STATUS_REVOKED: _ClassVar[Certificate.Status]
        STATUS_SUSPENDED: _ClassVar[Certificate.Status]
    STATUS_UNSPECIFIED: Certificate.Status
    STATUS_VALID: Certificate.Status
    STATUS_REVOKED: Certificate.Status
    STATUS_SUSPENDED: Certificate.Status
    NAME_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    ENTERPRISE_NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_LIST_URI_FIELD_NUMBER: _ClassVar[int]
    STATUS_INDEX_FIELD_NUMBER: _ClassVar[int]
    REPLACED_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    token: str
    kind: _enterprise_pb2.CertificateKind
    identifier: _enterprise_pb2.Identifier
    enterprise_name: str
    size: _enterprise_pb2.SizeClass
    issue_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    status: Certificate.Status
    status_list_uri: str
    status_index: int
    replaced_by: str
    def __init__(self, name: _Optional[str] = ..., token: _Optional[str] = ..., kind: _Optional[_Union[_enterprise_pb2.CertificateKind, str]] = ..., identifier: _Optional[_Union[_enterprise_pb2.Identifier, _Mapping]] = ..., enterprise_name: _Optional[str] = ..., size: _Optional[_Union[_enterprise_pb2.SizeClass, str]] = ..., issue_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[Certificate.Status, str]] = ..., status_list_uri: _Optional[str] = ..., status_index: _Optional[int] = ..., replaced_by: _Optional[str] = ...) -> None: ...

class CheckEligibilityRequest(_message.Message):
    __slots__ = ("enterprise", "declared_facts", "legal_date", "language_code")
    ENTERPRISE_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FACTS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_DATE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    enterprise: _enterprise_pb2.Enterprise
    declared_facts: _containers.RepeatedCompositeFieldContainer[_enterprise_pb2.Fact]
    legal_date: _date_pb2.Date
    language_code: str
    def __init__(self, enterprise: _Optional[_Union[_enterprise_pb2.Enterprise, _Mapping]] = ..., declared_facts: _Optional[_Iterable[_Union[_enterprise_pb2.Fact, _Mapping]]] = ..., legal_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., language_code: _Optional[str] = ...) -> None: ...

class CheckEligibilityResponse(_message.Message):
    __slots__ = ("decision", "stored_evidence", "evidence_time")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    STORED_EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_TIME_FIELD_NUMBER: _ClassVar[int]
    decision: _enterprise_pb2.Decision
    stored_evidence: bool
    evidence_time: _timestamp_pb2.Timestamp
    def __init__(self, decision: _Optional[_Union[_enterprise_pb2.Decision, _Mapping]] = ..., stored_evidence: _Optional[bool] = ..., evidence_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class IssueCertificateRequest(_message.Message):
    __slots__ = ("enterprise", "declared_facts", "request_id", "language_code")
    ENTERPRISE_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FACTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    enterprise: _enterprise_pb2.Enterprise
    declared_facts: _containers.RepeatedCompositeFieldContainer[_enterprise_pb2.Fact]
    request_id: str
    language_code: str
    def __init__(self, enterprise: _Optional[_Union[_enterprise_pb2.Enterprise, _Mapping]] = ..., declared_facts: _Optional[_Iterable[_Union[_enterprise_pb2.Fact, _Mapping]]] = ..., request_id: _Optional[str] = ..., language_code: _Optional[str] = ...) -> None: ...

class IssueCertificateResponse(_message.Message):
    __slots__ = ("application",)
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    application: Application
    def __init__(self, application: _Optional[_Union[Application, _Mapping]] = ...) -> None: ...

class GetApplicationRequest(_message.Message):
    __slots__ = ("name", "language_code")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    name: str
    language_code: str
    def __init__(self, name: _Optional[str] = ..., language_code: _Optional[str] = ...) -> None: ...

class WatchApplicationRequest(_message.Message):
    __slots__ = ("name", "language_code")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    name: str
    language_code: str
    def __init__(self, name: _Optional[str] = ..., language_code: _Optional[str] = ...) -> None: ...

class WatchApplicationResponse(_message.Message):
    __slots__ = ("application",)
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    application: Application
    def __init__(self, application: _Optional[_Union[Application, _Mapping]] = ...) -> None: ...

class ExplainApplicationRequest(_message.Message):
    __slots__ = ("name", "language_code")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    name: str
    language_code: str
    def __init__(self, name: _Optional[str] = ..., language_code: _Optional[str] = ...) -> None: ...

class ExplainApplicationResponse(_message.Message):
    __slots__ = ("explanation", "reproduced")
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    REPRODUCED_FIELD_NUMBER: _ClassVar[int]
    explanation: Explanation
    reproduced: bool
    def __init__(self, explanation: _Optional[_Union[Explanation, _Mapping]] = ..., reproduced: _Optional[bool] = ...) -> None: ...

class Explanation(_message.Message):
    __slots__ = ("decision", "headline", "steps", "appeal_where", "offices")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    HEADLINE_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    APPEAL_WHERE_FIELD_NUMBER: _ClassVar[int]
    OFFICES_FIELD_NUMBER: _ClassVar[int]
    decision: _enterprise_pb2.Decision
    headline: str
    steps: _containers.RepeatedCompositeFieldContainer[Step]
    appeal_where: str
    offices: _containers.RepeatedCompositeFieldContainer[Office]
    def __init__(self, decision: _Optional[_Union[_enterprise_pb2.Decision, _Mapping]] = ..., headline: _Optional[str] = ..., steps: _Optional[_Iterable[_Union[Step, _Mapping]]] = ..., appeal_where: _Optional[str] = ..., offices: _Optional[_Iterable[_Union[Office, _Mapping]]] = ...) -> None: ...

class Office(_message.Message):
    __slots__ = ("scheme", "where")
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    WHERE_FIELD_NUMBER: _ClassVar[int]
    scheme: str
    where: str
    def __init__(self, scheme: _Optional[str] = ..., where: _Optional[str] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("rule", "state", "text", "scheme", "agency", "code", "citation", "confirmed", "data_as_of", "check_time", "age_days")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Step.State]
        STATE_PASSED: _ClassVar[Step.State]
        STATE_FAILED: _ClassVar[Step.State]
        STATE_OPEN: _ClassVar[Step.State]
        STATE_APPLIED: _ClassVar[Step.State]
        STATE_NOT_APPLICABLE: _ClassVar[Step.State]
        STATE_NOT_IN_FORCE: _ClassVar[Step.State]
    STATE_UNSPECIFIED: Step.State
    STATE_PASSED: Step.State
    STATE_FAILED: Step.State
    STATE_OPEN: Step.State
    STATE_APPLIED: Step.State
    STATE_NOT_APPLICABLE: Step.State
    STATE_NOT_IN_FORCE: Step.State
    RULE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    AGENCY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CITATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    DATA_AS_OF_FIELD_NUMBER: _ClassVar[int]
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    AGE_DAYS_FIELD_NUMBER: _ClassVar[int]
    rule: str
    state: Step.State
    text: str
    scheme: str
    agency: str
    code: str
    citation: str
    confirmed: bool
    data_as_of: _date_pb2.Date
    check_time: _timestamp_pb2.Timestamp
    age_days: int
    def __init__(self, rule: _Optional[str] = ..., state: _Optional[_Union[Step.State, str]] = ..., text: _Optional[str] = ..., scheme: _Optional[str] = ..., agency: _Optional[str] = ..., code: _Optional[str] = ..., citation: _Optional[str] = ..., confirmed: _Optional[bool] = ..., data_as_of: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., check_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., age_days: _Optional[int] = ...) -> None: ...

class GetCertificateRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListCertificatesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "identifier", "status")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    identifier: _enterprise_pb2.Identifier
    status: Certificate.Status
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., identifier: _Optional[_Union[_enterprise_pb2.Identifier, _Mapping]] = ..., status: _Optional[_Union[Certificate.Status, str]] = ...) -> None: ...

class ListCertificatesResponse(_message.Message):
    __slots__ = ("certificates", "next_page_token")
    CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    certificates: _containers.RepeatedCompositeFieldContainer[Certificate]
    next_page_token: str
    def __init__(self, certificates: _Optional[_Iterable[_Union[Certificate, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
