"""`[[agencies]]`: one model for each kind of agency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from certsvc.config.fields import AnyPath, ExistingFile, ListenAddress, Name, PrivateFile, Seconds, Url, Whole
from certsvc.config.section import Section


class QuotaWindow(Section):
    """One published limit: an agency blocks who makes more than `calls` in any `seconds`."""

    calls: Annotated[Whole, Field(examples=[100])]
    seconds: Annotated[Seconds, Field(examples=[5])]


class AgencySettings(Section):
    """What every `[[agencies]]` entry has. Kinds of other packages derive from it as well (`certsvc.agencies.kind`)."""

    kind: Annotated[Name, Field(examples=["hacienda"])]
    name: Annotated[Name, Field(examples=["hacienda"])]
    schemes: Annotated[tuple[Name, ...], Field(min_length=1, max_length=16, examples=[["tax"]])]
    sandbox: bool = False
    """Marks the sandbox: never in production."""

    timeout_seconds: Annotated[Seconds, Field(examples=[4.0])] = 4.0
    """The most that one application waits for this agency, all tries together."""
    try_seconds: Annotated[Seconds, Field(examples=[2.0])] = 2.0
    """The most that one try may take."""
    tries: Annotated[Whole, Field(le=5, examples=[2])] = 2
    calls_at_once: Annotated[Whole, Field(le=1000, examples=[16])] = 16
    """The most questions that one process has open at this agency; the limit in force adapts below it."""
    waiting_at_most: Annotated[Whole, Field(le=10_000, examples=[256])] = 256
    """How many questions may wait for their turn; further ones are answered as unavailable at once."""
    open_after: Annotated[Whole, Field(le=1000, examples=[5])] = 5
    """After so many failures in a row the agency is left alone for `open_seconds`."""
    open_seconds: Annotated[Seconds, Field(examples=[10.0])] = 10.0
    outage_seconds: Annotated[Seconds, Field(examples=[2.0])] = 2.0
    """How long one enterprise is not asked about again after the agency failed to answer on it."""
    quota: Annotated[tuple[QuotaWindow, ...], Field(max_length=4, examples=[[{"calls": 100, "seconds": 5}]])] = ()
    """Its published limits, kept by all processes together."""

    turn_share: Annotated[Decimal, Field(gt=0, le=1, examples=["0.2"])] = Decimal("0.2")
    """If more than this share of the enterprises asked about within the window turned from clear to barred or back,
    what is new from this agency counts for nothing until two persons have released it."""
    turn_window_hours: Annotated[Whole, Field(le=8_784, examples=[24])] = 24
    turn_least: Annotated[Whole, Field(examples=[50])] = 50
    """Fewer turns than this hold nothing back."""


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
    follow: bool = False
    """Follows its stream of changes (AgencyService.StreamChanges)."""


class ImportedAgency(AgencySettings):
    """A debtor file that an operator brings: `certsvc agency import`."""

    kind: Literal["imported"]
    layout: Annotated[Literal["ccss", "fodesaf"], Field(examples=["ccss"])]
    absent: Annotated[Literal["clear", "no_information"], Field(examples=["no_information"])] = "no_information"
    """What it means not to be in the file: only a file of all debtors makes absence clear."""
    least_firms: Annotated[Whole | None, Field(examples=[20_000])] = None
    """A smaller file is refused as empty or cut off. Needed where absence is clear."""
    threshold: Annotated[Decimal, Field(ge=0, allow_inf_nan=False, examples=["0"])] = Decimal(0)
    """Smaller arrears are below the statutory minimum, in the currency of the file."""


AGENCY_KINDS: Mapping[str, type[AgencySettings]] = MappingProxyType(
    {
        "hacienda": HaciendaAgency,
        "debtor_list": DebtorListAgency,
        "grpc": GrpcAgency,
        "imported": ImportedAgency,
    }
)
"""The kinds that certsvc brings, so that no package has to be looked into for them."""
