"""`[[agencies]]`: one model for each kind of agency."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from certsvc.config.fields import AnyPath, ExistingFile, ListenAddress, Name, PrivateFile, Seconds, Url, Whole
from certsvc.config.section import Section


class AgencySettings(Section):
    """What every `[[agencies]]` entry has."""

    name: Annotated[Name, Field(examples=["hacienda"])]
    schemes: Annotated[tuple[Name, ...], Field(min_length=1, max_length=16, examples=[["tax"]])]
    timeout_seconds: Annotated[Seconds, Field(examples=[4.0])] = 4.0
    sandbox: bool = False
    """Marks the sandbox: never in production."""


class HaciendaAgency(AgencySettings):
    """The tax ministry's taxpayer endpoint."""

    kind: Literal["hacienda"]
    schemes: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1, examples=[["tax"]])] = ("tax",)
    url: Annotated[Url, Field(examples=["https://api.hacienda.go.cr/fe/ae"])]


class DebtorListAgency(AgencySettings):
    """A debtor file, as a fund hands it over."""

    kind: Literal["debtor_list"]
    url: Annotated[Url | None, Field(examples=["https://files.example.go.cr/debtors.csv"])] = None
    path: Annotated[AnyPath | None, Field(examples=["inbox/debtors.csv"])] = None
    """Where the file is put. Exactly one of `url` and `path`. It may come later than the service starts."""
    layout: Annotated[Literal["ccss", "fodesaf"], Field(examples=["ccss"])]
    refresh_seconds: Annotated[Seconds, Field(examples=[900])] = 900.0
    absent: Annotated[Literal["clear", "no_information"], Field(examples=["no_information"])] = "no_information"
    """What it means not to be in the file: only a file of all debtors makes absence clear."""
    least_firms: Annotated[Whole | None, Field(examples=[20_000])] = None
    """A smaller file is refused as empty or cut off. Needed where absence is clear."""
    threshold: Annotated[Decimal, Field(ge=0, allow_inf_nan=False, examples=["0"])] = Decimal(0)
    """Smaller arrears are below the statutory minimum, in the currency of the file."""


class GrpcAgency(AgencySettings):
    """An agency that implements AgencyService: plain text, or mutual TLS if the three files are given."""

    kind: Literal["grpc"]
    address: Annotated[ListenAddress, Field(examples=["agency.example.go.cr:443"])]
    authorities: Annotated[ExistingFile | None, Field(examples=["tls/agency-ca.pem"])] = None
    certificate: Annotated[ExistingFile | None, Field(examples=["tls/agency-client.pem"])] = None
    key: Annotated[PrivateFile | None, Field(examples=["tls/agency-client.key.pem"])] = None


AnyAgency = HaciendaAgency | DebtorListAgency | GrpcAgency


AGENCY_KINDS: dict[str, type[AnyAgency]] = {
    "hacienda": HaciendaAgency,
    "debtor_list": DebtorListAgency,
    "grpc": GrpcAgency,
}
