"""Each kind of adapter with an agency for it that tells the truth. A new kind is one entry in `KINDS_OF_ADAPTER`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, urlsplit, urlunsplit

import asyncpg
import orjson

from certsvc.agencies.adapter import Adapter
from certsvc.agencies.contract import NOW, Failure, Front, GrpcFront, HttpFront, MakeAdapter, Reply, Truth
from certsvc.agencies.debtor_list import DebtorList, Limits
from certsvc.agencies.grpc import GrpcAgency
from certsvc.agencies.hacienda import Hacienda
from certsvc.agencies.imported import ImportedList
from certsvc.agencies.kind import Tools
from certsvc.service.debtor_files import BadFile
from certsvc.store.filed import Filed
from certsvc.v1 import agency_service_pb2 as pb
from certsvc.v1 import enterprise_pb2
from tests.agencies.kit import company
from tests.debtor_files import bring

FIRM = company("3101999901")
NAME = "COMPAÑIA DE PRUEBA SOCIEDAD ANONIMA"
DAY = NOW.date()
SCHEMES = ("duty",)


@dataclass(frozen=True)
class Kind:
    """How its agency speaks, and how the adapter is built, both for the database of the test."""

    front: Callable[[str], Front]
    build: Callable[[str], MakeAdapter]
    needs_database: bool = False


def _register_entry(day: date) -> Reply:  # the ministry states no date
    situation = {"moroso": "NO", "omiso": "NO", "estado": "Inscrito"}
    entry = {"nombre": NAME, "tipoIdentificacion": "02", "situacion": situation, "actividades": []}
    return Reply(orjson.dumps(entry))


def _findings(day: date) -> Reply:
    as_of = {"year": day.year, "month": day.month, "day": day.day}
    finding = enterprise_pb2.Finding(scheme="duty", outcome=enterprise_pb2.OUTCOME_CLEAR, data_as_of=as_of)
    name = enterprise_pb2.Fact(name="name", text=NAME)
    return Reply(pb.GetFindingsResponse(findings=[finding], facts=[name]).SerializeToString())


CCSS = "Cedula,Nombre,EstadoPatrono,Situacion,MontoAdeudado,FechaDato"
FODESAF = "Cedula,Nombre,Deuda_Total,Saldo_Arreglo,Cuotas_Al_Cobro,Cuotas_Atraso,Principal,Recargos,Multas"


def _ccss(day: date, header: str = CCSS) -> Reply:
    return Reply(f"{header}\n3101999901,{NAME},ACTIVO,AL DIA,0.00,{day}\n".encode())


def _fodesaf(day: date, header: str = FODESAF) -> Reply:
    body = f"{header}\n03101999901,{NAME},0.00,0.00,0.00,0,0.00,0.00,0.00\n".encode()
    return Reply(body, (("Content-Disposition", f'attachment; filename="patronos-{day}.csv"'),))


def _hacienda(address: str, tools: Tools) -> Adapter:
    return Hacienda("agency", f"http://{address}/fe/ae", clock=tools.clock, schemes=SCHEMES)


def _grpc(address: str, tools: Tools) -> Adapter:
    return GrpcAgency("agency", address, schemes=SCHEMES, kinds=tools.kinds, clock=tools.clock)


def _debtor_list(layout: str) -> MakeAdapter:
    def build(address: str, tools: Tools) -> Adapter:
        return DebtorList(
            "agency",
            f"http://{address}/file.csv",
            layout=layout,
            schemes=SCHEMES,
            kinds=tools.kinds,
            clock=tools.clock,
            limits=Limits(max_bytes=1024 * 1024),
            monotonic=tools.monotonic,
        )

    return build


class _Database:
    """The database behind the wire. A file is brought to it before each question, good or as the failure has it."""

    def __init__(self, truth: Truth, dsn: str) -> None:
        self.truth = truth
        self.calls = self.sent = self.followed = 0
        self._dsn = dsn
        self._locking: asyncpg.Connection[asyncpg.Record] | None = None

    async def start(self) -> str:
        return f"{parse_qs(urlsplit(self._dsn).query)['host'][0]}/.s.PGSQL.5432"

    async def fail(self, failure: Failure | None, day: date) -> None:
        await self.stop()
        # A file that is refused changes nothing, and neither does one that is older than the one in use.
        with suppress(BadFile):
            await bring(self._dsn, self.truth.as_told(failure, day, {}).body, agency="agency")
        if failure is Failure.HANG:
            self._locking = await asyncpg.connect(self._dsn)
            await self._locking.execute("BEGIN; LOCK TABLE debtor_file IN ACCESS EXCLUSIVE MODE")

    async def stop(self) -> None:
        if self._locking is not None:
            await self._locking.close()
        self._locking = None


class _Imported(ImportedList):
    """With a session of its own, which ends with it."""

    def __init__(self, dsn: str, tools: Tools) -> None:
        self._session = Filed(dsn)
        super().__init__("agency", self._session, layout="ccss", schemes=SCHEMES, kinds=tools.kinds, clock=tools.clock)

    async def close(self) -> None:
        await self._session.close()


def _imported(dsn: str) -> MakeAdapter:
    parts = urlsplit(dsn)
    return lambda address, tools: _Imported(
        urlunsplit(parts._replace(netloc=f"{parts.username or 'postgres'}@{address}", query="")), tools
    )


def _asked(front: Callable[[Truth], Front], truth: Truth, build: MakeAdapter) -> Kind:
    return Kind(lambda _: front(truth), lambda _: build)


def _twice(reply: Callable[[date, str], Reply], header: str) -> dict[Failure, Reply]:
    """A file in which a column stands twice."""
    return {Failure.TWICE: reply(DAY, header.replace("Nombre", "Cedula"))}


_CCSS_TRUTH = Truth(FIRM, _ccss, _twice(_ccss, CCSS))
_NO_FILE = {failure: Reply(b'{"code":404}') for failure in (Failure.WRONG_TYPE, Failure.ERROR_INSIDE)}

KINDS_OF_ADAPTER: Mapping[str, Kind] = {
    "hacienda": _asked(HttpFront, Truth(FIRM, _register_entry), _hacienda),
    "grpc": _asked(GrpcFront, Truth(FIRM, _findings), _grpc),
    "ccss file": _asked(HttpFront, _CCSS_TRUTH, _debtor_list("ccss")),
    "fodesaf file": _asked(HttpFront, Truth(FIRM, _fodesaf, _twice(_fodesaf, FODESAF)), _debtor_list("fodesaf")),
    "imported": Kind(
        lambda dsn: _Database(Truth(FIRM, _ccss, _twice(_ccss, CCSS) | _NO_FILE, cut_at=NAME.encode()), dsn),
        _imported,
        needs_database=True,
    ),
}
