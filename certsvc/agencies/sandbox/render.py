"""The same standings in the form of each agency: a register entry, two debtor files, a gRPC answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

import orjson

from certsvc.agencies.sandbox.account import AccountStory, ArrangementStory
from certsvc.agencies.sandbox.scenario import Behaviour, CastMember, Scenario, Standing
from certsvc.core.model import FactName
from certsvc.core.outcome import Outcome
from certsvc.v1 import agency_service_pb2 as pb
from certsvc.v1 import enterprise_pb2

_NONSENSE = "SABE DIOS"
"""A word in no agency's contract."""

_TYPES: Mapping[str, str] = MappingProxyType(
    {"cr.cedula_fisica": "01", "cr.cedula_juridica": "02", "cr.dimex": "03", "cr.nite": "04"}
)

_STATES: Mapping[Outcome, str] = MappingProxyType(
    {Outcome.BARRED_NOT_REGISTERED: "No inscrito", Outcome.BARRED_DEREGISTERED: "Desinscrito"}
)

_SITUATIONS: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.CLEAR: "AL DIA",
        Outcome.CLEAR_UNDER_ARRANGEMENT: "AL DIA CON CONVENIO DE PAGO",
        Outcome.BARRED_ARREARS: "MOROSO",
        Outcome.BARRED_ARRANGEMENT_BROKEN: "COBRO ADMINISTRATIVO",
        Outcome.BARRED_NOT_REGISTERED: "SIN INFORMACION",
        Outcome.NO_INFORMATION: "SIN INFORMACION",
    }
)

_CCSS_COLUMNS = ("Cedula", "Nombre", "EstadoPatrono", "Situacion", "MontoAdeudado", "LugarPago", "FechaDato")

_FODESAF_HEADER = (
    "Segregado,Cedula,Nombre,Regimen,Condicion_Legal,Alerta,Categoria_Alerta,Situacion,Deuda_Total,Pago_Minimo,"
    "Saldo_Arreglo,Cuotas_Al_Cobro,Principal_Arreglo,Intereses_Administrativos,Intereses_Moratorios,Cuotas_Atraso,"
    "Desde_Periodo_Fuera,Hasta_Periodo_Fuera,Principal,Recargos,Multas,Correo,Telefono_Representante,Telefono,"
    "Telefax"
)
_FODESAF_COLUMNS = tuple(_FODESAF_HEADER.split(","))

_FODESAF_SITES: Mapping[Outcome, Mapping[str, str]] = MappingProxyType(
    {
        Outcome.CLEAR: {},
        Outcome.CLEAR_UNDER_ARRANGEMENT: {"Deuda_Total": "480000.00", "Saldo_Arreglo": "480000.00"},
        Outcome.BARRED_ARRANGEMENT_BROKEN: {
            "Deuda_Total": "910000.00",
            "Saldo_Arreglo": "780000.00",
            "Cuotas_Al_Cobro": "130000.00",
            "Cuotas_Atraso": "1",
        },
        Outcome.BARRED_ARREARS: {
            "Deuda_Total": "154320.10",
            "Principal": "120000.00",
            "Recargos": "24320.10",
            "Multas": "10000.00",
            "Desde_Periodo_Fuera": "2014-06-01",
            "Hasta_Periodo_Fuera": "2014-11-01",
        },
    }
)
"""Outcome -> the cells of one site that differ from zero."""

_AMOUNTS = frozenset(_FODESAF_COLUMNS[8:15]) | {"Principal", "Recargos", "Multas"}


def hacienda_entry(member: CastMember, standing: Standing) -> bytes:
    """The register entry of one enterprise, with blanks around the name as the ministry sends them."""
    bars = {standing.outcome, *standing.further}
    state = standing.word or _STATES.get(standing.outcome, "Inscrito")
    malformed = standing.behaviour is Behaviour.MALFORMED_WORD
    situation = {
        "moroso": "SÍ" if malformed else _flag(Outcome.BARRED_ARREARS in bars),
        "omiso": _flag(Outcome.BARRED_MISSING_RETURN in bars),
        "estado": state,
        "administracionTributaria": " San José ",
    }
    return orjson.dumps(
        {
            "nombre": f" {member.name} ",
            "tipoIdentificacion": _TYPES[member.identifier.kind],
            "regimen": {"codigo": 1, "descripcion": "Régimen general"},
            "situacion": situation,
            "actividades": [{"estado": "A", "tipo": "P", "codigo": 523902, "descripcion": "ACTIVIDAD DE EJEMPLO"}],
        }
    )


def ccss_file(scenario: Scenario, today: date) -> bytes:
    """The social-security fund's list of employers; each row has its own date."""
    return _csv(_CCSS_COLUMNS, (row for m in scenario.cast if (row := _ccss_row(m, today))))


def fodesaf_file(scenario: Scenario) -> bytes:
    """The family-allowance fund's list: a row for each site, no date inside."""
    return _csv(_FODESAF_COLUMNS, (row for m in scenario.cast for row in _fodesaf_rows(m)))


def fodesaf_file_name(scenario: Scenario, today: date) -> str:
    """The name that carries the file's date."""
    return f"patronos-{today - timedelta(days=scenario.file_days_ago)}.csv"


def grpc_response(
    member: CastMember, standing: Standing, schemes: Iterable[str], today: date
) -> pb.GetFindingsResponse:
    """The same standing as AgencyService states it, with the name and the declared head count as facts."""
    as_of = _days_ago(standing.days_ago, today)
    outcome = _wire(standing.outcome)
    if standing.behaviour is Behaviour.MALFORMED_WORD:
        outcome = enterprise_pb2.OUTCOME_UNSPECIFIED
    findings = [
        enterprise_pb2.Finding(
            scheme=scheme,
            outcome=outcome,
            further_outcomes=[_wire(bar) for bar in standing.further],
            data_as_of=as_of,
            account=None if standing.account is None else _account(standing.account, today),
        )
        for scheme in schemes
    ]
    facts = [enterprise_pb2.Fact(name="name", text=member.name, as_of=as_of)]
    facts += [
        enterprise_pb2.Fact(name=fact.name.value, number={"value": str(fact.value)}, as_of=as_of)
        for fact in member.declared
        if fact.name is FactName.HEAD_COUNT
    ]
    return pb.GetFindingsResponse(findings=findings, facts=facts)


def unknown_response(outcome: Outcome, schemes: Iterable[str]) -> pb.GetFindingsResponse:
    """An answer that says only that there is none."""
    return pb.GetFindingsResponse(
        findings=[enterprise_pb2.Finding(scheme=scheme, outcome=_wire(outcome)) for scheme in schemes]
    )


def _account(account: AccountStory, today: date) -> enterprise_pb2.Account:
    debts = [
        enterprise_pb2.Debt(
            period_end=_days_ago(debt.period_end, today),
            principal={"value": debt.principal},
            penalty={"value": debt.penalty},
            interest={"value": debt.interest},
            state=enterprise_pb2.Debt.STATE_DUE,
        )
        for debt in account.debts
    ]
    return enterprise_pb2.Account(
        debts=debts,
        arrangement=None if account.arrangement is None else _arrangement(account.arrangement, today),
        last_payment_on=_days_ago(account.last_payment, today),
    )


def _arrangement(arrangement: ArrangementStory, today: date) -> enterprise_pb2.Arrangement:
    return enterprise_pb2.Arrangement(
        signed_on=_days_ago(arrangement.signed, today),
        first_paid_on=_days_ago(arrangement.first_paid, today),
        late_instalments=arrangement.late_instalments,
    )


def _days_ago(days: int | None, today: date) -> Mapping[str, int] | None:
    """A google.type.Date; None is none."""
    if days is None:
        return None
    day = today - timedelta(days=days)
    return {"year": day.year, "month": day.month, "day": day.day}


def _wire(outcome: Outcome) -> enterprise_pb2.Outcome:
    number: enterprise_pb2.Outcome = getattr(enterprise_pb2, f"OUTCOME_{outcome.value}")
    return number


def _flag(yes: bool) -> str:
    return "SI" if yes else "NO"


def _ccss_row(member: CastMember, today: date) -> Mapping[str, str] | None:
    standing = member.standing_at("ccss")
    if standing.behaviour is Behaviour.NOT_FOUND:
        return None
    situation = standing.word or _SITUATIONS.get(standing.outcome, _NONSENSE)
    registered = standing.outcome is not Outcome.BARRED_NOT_REGISTERED
    owes = standing.outcome not in (Outcome.CLEAR, Outcome.BARRED_NOT_REGISTERED, Outcome.NO_INFORMATION)
    return {
        "Cedula": member.identifier.value,
        "Nombre": member.name,
        "EstadoPatrono": "ACTIVO" if registered else "NO INSCRITO",
        "Situacion": _NONSENSE if standing.behaviour is Behaviour.MALFORMED_WORD else situation,
        "MontoAdeudado": "812000.50" if owes else "0.00",
        "LugarPago": "SUCURSAL EJEMPLO",
        "FechaDato": str(today - timedelta(days=standing.days_ago)),
    }


def _fodesaf_rows(member: CastMember) -> Sequence[Mapping[str, str]]:
    standing = member.standing_at("fodesaf")
    if standing.behaviour is Behaviour.NOT_FOUND:
        return []
    padded = member.identifier.value.zfill(11)
    rows: list[Mapping[str, str]] = []
    for number, outcome in enumerate((standing.outcome, *standing.other_sites), start=1):
        site = {column: "0.00" if column in _AMOUNTS else "" for column in _FODESAF_COLUMNS}
        site |= {"Segregado": f"2{padded}{number:03}001", "Cedula": padded, "Nombre": member.name}
        rows.append({**site, "Cuotas_Atraso": "0", **_FODESAF_SITES[outcome]})
    return rows


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
