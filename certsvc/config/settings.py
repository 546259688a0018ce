"""The sections of `certsvc.toml` as frozen types.

Invariants
- Nothing here reads the environment or the clock; `load` does the reading.
- An unknown key is a fault, never ignored.
- Each field has an example of what to write.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from certsvc.config.agencies import AgencySettings
from certsvc.config.fields import (
    Address,
    AnyPath,
    ExistingFile,
    ExistingFolder,
    ListenAddress,
    Name,
    PrivateFile,
    Seconds,
    Url,
    Whole,
)
from certsvc.config.section import Section


class Profile(StrEnum):
    """Under `production`, everything that only suits a try-out is refused."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Service(Section):
    """`[service]`: the gRPC service."""

    listen: Annotated[ListenAddress, Field(examples=["127.0.0.1:7443"])] = Address("127.0.0.1", 7443)
    issuer: Annotated[Url, Field(examples=["https://certificates.example.go.cr"])]
    """The base of every public address, as it stands in certificates for their whole life."""
    jurisdiction: Annotated[Name, Field(examples=["costa_rica"])] = "costa_rica"
    """Which of the shipped rule sets apply; ignored where `rules` is given."""
    rules: Annotated[ExistingFolder | None, Field(examples=["rules"])] = None
    """A folder of rule sets of one's own."""
    call_budget_seconds: Annotated[Seconds, Field(examples=[5.0])] = 5.0
    """How long one call may wait for agencies before the application is pending."""


class Tls(Section):
    """`[tls]`: the service always speaks mutual TLS."""

    certificate: Annotated[ExistingFile, Field(examples=["tls/server.pem"])]
    key: Annotated[PrivateFile, Field(examples=["tls/server.key.pem"])]
    client_authorities: Annotated[ExistingFile, Field(examples=["tls/ca.pem"])]
    """PEM with the authorities that client certificates must come from."""
    trust_domain: Annotated[
        str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]{0,253}[a-z0-9])?$", examples=["certificates.example.go.cr"])
    ]
    """Clients are `spiffe://<trust_domain>/<role>/<name>` in their certificate's URI name."""


class Site(Section):
    """`[site]`: the static site that verifiers fetch from."""

    directory: Annotated[AnyPath, Field(examples=["site"])] = Path("site")
    listen: Annotated[ListenAddress | None, Field(examples=["127.0.0.1:7080"])] = None
    """None where another web server serves the folder."""
    certificate: Annotated[ExistingFile | None, Field(examples=["tls/site.pem"])] = None
    key: Annotated[PrivateFile | None, Field(examples=["tls/site.key.pem"])] = None


class Database(Section):
    """`[database]`: PostgreSQL. Without a `dsn`, one is run inside `directory`."""

    dsn: Annotated[
        str | None,
        Field(
            pattern=r"^postgres(ql)?://",
            max_length=2000,
            examples=["postgresql://certsvc@db.internal/certsvc?sslmode=verify-full"],
        ),
    ] = None
    """A password in it needs a file that others cannot read. Production needs TLS to any other machine."""
    directory: Annotated[AnyPath, Field(examples=["database"])] = Path("database")
    pool: Annotated[Whole, Field(le=500, examples=[10])] = 10
    """The most connections that one process keeps."""


class Keys(Section):
    """`[keys]`: what signs, and the root-signed set that says so."""

    root: Annotated[ExistingFile, Field(examples=["root.jwk"])]
    """The public half of the root, as a JWK. The private half is not needed here and should be elsewhere."""
    key_set: Annotated[ExistingFile, Field(examples=["keys.jwt"])]
    certificate: Annotated[PrivateFile, Field(examples=["keys/certificate.pem"])]
    status: Annotated[PrivateFile, Field(examples=["keys/status.pem"])]


class Pending(Section):
    """`[pending]`: applications that wait for an agency."""

    first_retry_seconds: Annotated[Seconds, Field(examples=[30])] = 30.0
    last_retry_seconds: Annotated[Seconds, Field(examples=[3600])] = 3600.0
    """The delay doubles from the first to this one and stays there."""
    expire_after_days: Annotated[Whole, Field(le=366, examples=[30])] = 30
    keep_hours: Annotated[Whole, Field(le=8_784, examples=[24])] = 24
    """For how long what one agency answered is kept while the application waits for another; then it is asked again."""

    @property
    def first_retry(self) -> timedelta:
        """The delay before the second attempt."""
        return timedelta(seconds=self.first_retry_seconds)

    @property
    def last_retry(self) -> timedelta:
        """The longest delay between two attempts."""
        return timedelta(seconds=self.last_retry_seconds)

    @property
    def keep(self) -> timedelta:
        """How long an answer is kept while another is waited for."""
        return timedelta(hours=self.keep_hours)

    @property
    def expire_after(self) -> timedelta:
        """How long an application may stay pending."""
        return timedelta(days=self.expire_after_days)


class StatusLists(Section):
    """`[status_lists]`: how long verifiers may believe and cache one."""

    lifetime_days: Annotated[Whole, Field(le=366, examples=[7])] = 7
    ttl_hours: Annotated[Whole, Field(le=8_784, examples=[12])] = 12
    resign_hours: Annotated[Whole, Field(le=8_784, examples=[6])] = 6

    @property
    def lifetime(self) -> timedelta:
        """From `iat` to `exp`."""
        return timedelta(days=self.lifetime_days)

    @property
    def ttl(self) -> timedelta:
        """How long a verifier may keep a fetched list before it looks again."""
        return timedelta(hours=self.ttl_hours)

    @property
    def resign(self) -> timedelta:
        """How often lists are signed anew though nothing changed."""
        return timedelta(hours=self.resign_hours)


class Log(Section):
    """`[log]`."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Field(examples=["info"])] = "info"
    format: Annotated[Literal["json", "console"], Field(examples=["json"])] = "json"


class General(Section):
    """What stands before the first section."""

    profile: Annotated[Profile, Field(examples=["development"])] = Profile.DEVELOPMENT


class Settings(General):
    """All of `certsvc.toml`, checked."""

    service: Service
    tls: Tls
    site: Site
    database: Database
    keys: Keys
    pending: Pending
    status_lists: StatusLists
    agencies: tuple[AgencySettings, ...]
    log: Log
