"""How the agencies stand, at a glance: a table, and below it what wants attention, all within 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from certsvc.cli.moments import span
from certsvc.cli.output import Output
from certsvc.cli.render import day, minute, word
from certsvc.cli.texts import TEXTS as COMMON

if TYPE_CHECKING:
    from certsvc.v1.operations_service_pb2 import AgencyHold, AgencyMode, AgencyStatus

WIDTH = 100
_NAME = 16
COLUMNS = ("agency", "state", "waiting", "oldest", "answered", "data_of", "open", "quota")

TEXTS: dict[str, tuple[str, str]] = COMMON | {
    # columns
    "waiting": ("Esperan", "Waiting"),
    "oldest": ("Desde hace", "Oldest"),
    "answered": ("Respondió", "Answered"),
    "data_of": ("Datos al", "Data as of"),
    "open": ("En curso", "Open"),
    "quota": ("Cupo", "Quota"),
    # states
    "up": ("bien", "up"),
    "out": ("CAÍDA", "OUT"),
    "trying": ("probando", "trying"),
    "failing": ("FALLA", "FAILING"),
    "paused": ("EN PAUSA", "PAUSED"),
    "held": ("RETENIDA", "HELD"),
    "removed": ("quitada", "removed"),
    # what wants attention
    "never": ("nunca ha respondido", "it has never answered"),
    "since_then": ("sin respuesta desde el {at}", "no answer since {at}"),
    "is_out": ("! {agency} no responde: {since}.", "! {agency} is out: {since}."),
    "is_failing": (
        "! {agency} no responde a ninguna consulta desde el {at}.",
        "! {agency} has answered no question since {at}.",
    ),
    "they_wait": (
        "Solicitudes que esperan: {count}; la más antigua, desde hace {age}.",
        "Applications that wait: {count}; the oldest for {age}.",
    ),
    "is_removed": (
        "! {agency} ya no está configurada. Solicitudes que la esperan: {count}.",
        "! {agency} is not configured any more. Applications that wait for it: {count}.",
    ),
    "is_paused": (
        "! {agency} pidió no ser consultada hasta el {until}.",
        "! {agency} has asked to be left alone until {until}.",
    ),
    "is_switched": (
        "! {agency}: mientras no responda, {mode} hasta el {until}, por orden de {actor}: {reason}",
        "! {agency}: while it is out, {mode} until {until}, by word of {actor}: {reason}",
    ),
    "is_held": (
        "! {agency} está RETENIDA desde el {since}: cambió a {turned} de {asked} empresas desde el {suspect}. "
        "Sus respuestas nuevas no cuentan.",
        "! {agency} is HELD since {since}: it changed {turned} of {asked} enterprises since {suspect}. "
        "Its new answers count for nothing.",
    ),
    "release_how": (
        "Para liberarla, dos personas: certsvc agency release {agency} --reason MOTIVO",
        "To release it, two persons: certsvc agency release {agency} --reason WHY",
    ),
    "release_proposed": (
        "{actor} propuso liberarla el {at}: {reason}. Otra persona lo hace: certsvc agency release {agency}",
        "{actor} proposed its release at {at}: {reason}. Another person does it: certsvc agency release {agency}",
    ),
    "all_well": (
        "Ninguna institución caída, con fallas, en pausa, retenida ni con orden de operador.",
        "No agency is out, failing, paused, held or switched.",
    ),
}


def show_agencies(output: Output, agencies: Iterable[AgencyStatus], now: datetime) -> None:
    """Prints the table and what wants attention."""
    output = output._replace(texts=TEXTS)
    known = list(agencies)
    output.table(COLUMNS, [_row(output, agency, now) for agency in known])
    concerns = [lines for agency in known if (lines := list(_concerns(output, agency, now)))]
    if known and not concerns:
        output.say("all_well")
    for lines in concerns:
        for line in lines:
            first = "" if line.startswith("!") else "  "
            output.line(textwrap.fill(line, WIDTH, initial_indent=first, subsequent_indent="  "))


def held(output: Output, hold: AgencyHold) -> list[str]:
    """What is held of an agency, and how it comes to be released."""
    output = output._replace(texts=TEXTS)
    said = {"agency": hold.agency, "asked": hold.asked, "turned": hold.turned}
    when = {"since": minute(hold.hold_time), "suspect": minute(hold.suspect_time)}
    lines = [output.text("is_held", **said, **when)]
    if hold.proposed_by:
        at = minute(hold.propose_time)
        lines.append(
            output.text("release_proposed", agency=hold.agency, actor=hold.proposed_by, at=at, reason=hold.reason)
        )
    else:
        lines.append(output.text("release_how", agency=hold.agency))
    return lines


def switched(output: Output, mode: AgencyMode) -> str:
    """What an operator has said is done while an agency is out."""
    from certsvc.v1 import operations_service_pb2 as pb

    return output._replace(texts=TEXTS).text(
        "is_switched",
        agency=mode.agency,
        mode=word(pb.DegradedMode, mode.mode, "DEGRADED_MODE_"),
        until=minute(mode.expire_time),
        actor=mode.actor,
        reason=mode.reason,
    )


def _row(output: Output, agency: AgencyStatus, now: datetime) -> list[str]:
    name = agency.agency if len(agency.agency) <= _NAME else agency.agency[: _NAME - 1] + "…"
    pending = agency.pending_applications
    configured = bool(agency.breaker)
    waiting = f"+{agency.waiting}" if agency.waiting else ""
    return [
        name,
        output.text(_state(agency, now)),
        str(pending) if pending else "-",
        span(agency.oldest_pending_age.seconds) if pending else "-",
        span((now - agency.answer_time.ToDatetime(now.tzinfo)).total_seconds())
        if agency.HasField("answer_time")
        else "-",
        day(agency.data_as_of) or "-",
        f"{agency.in_flight}/{agency.concurrency_limit}{waiting}" if configured else "-",
        str(agency.quota_left) if agency.HasField("quota_left") else "-",
    ]


def _state(agency: AgencyStatus, now: datetime) -> str:
    """The worst that there is to say."""
    from certsvc.v1.operations_service_pb2 import AgencyStatus as Status

    if agency.breaker == Status.BREAKER_OPEN:
        return "out"
    if agency.HasField("hold"):
        return "held"
    if _paused(agency, now):
        return "paused"
    if agency.breaker == Status.BREAKER_HALF_OPEN:
        return "trying"
    if agency.HasField("failing_since_time"):
        return "failing"
    return "up" if agency.breaker else "removed"


def _paused(agency: AgencyStatus, now: datetime) -> bool:
    return agency.HasField("pause_expire_time") and agency.pause_expire_time.ToDatetime(now.tzinfo) > now


def _concerns(output: Output, agency: AgencyStatus, now: datetime) -> Iterator[str]:
    from certsvc.v1.operations_service_pb2 import AgencyStatus as Status

    name, pending = agency.agency, agency.pending_applications
    is_out = agency.breaker in (Status.BREAKER_OPEN, Status.BREAKER_HALF_OPEN)
    is_failing = agency.HasField("failing_since_time")
    if is_out:
        answered = agency.HasField("answer_time")
        since = output.text("since_then", at=minute(agency.answer_time)) if answered else output.text("never")
        yield output.text("is_out", agency=name, since=since)
    elif is_failing:
        yield output.text("is_failing", agency=name, at=minute(agency.failing_since_time))
    elif not agency.breaker:
        yield output.text("is_removed", agency=name, count=pending)
    if pending and (is_out or is_failing):
        yield output.text("they_wait", count=pending, age=span(agency.oldest_pending_age.seconds))
    if _paused(agency, now):
        yield output.text("is_paused", agency=name, until=minute(agency.pause_expire_time))
    if agency.HasField("mode"):
        yield switched(output, agency.mode)
    if agency.HasField("hold"):
        yield from held(output, agency.hold)
