"""`certsvc check`: what would be decided today, or on another legal date, without applying."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from certsvc.cli.client import Connection, connection_options, open_channel
from certsvc.cli.enterprise import Described, day, declared_facts, enterprise_message, enterprise_options, pair
from certsvc.cli.output import Output, output_options
from certsvc.cli.texts import TEXTS

if TYPE_CHECKING:
    from certsvc.v1.certificate_service_pb2 import CheckEligibilityResponse

GRANTED, REFUSED, UNDECIDED = 0, 1, 3

_TEXTS: dict[str, tuple[str, str]] = {
    "granted": ("Se otorgaría.", "It would be granted."),
    "refused": ("Se rechazaría.", "It would be refused."),
    "undecided": ("No se puede decidir.", "It cannot be decided."),
    "appeal_until": ("Apelable hasta", "Appeal until"),
    "stored": (
        "Según lo archivado, sin consultar a las instituciones; lo más nuevo es del {time}.",
        "From what is stored, without asking the agencies; the newest of it is of {time}.",
    ),
    "nothing_stored": (
        "No hay nada archivado sobre esta empresa hasta esa fecha.",
        "Nothing is stored on this enterprise up to that date.",
    ),
}


@click.command("check")
@click.argument("identifier", metavar="ID")
@click.option("--kind", help="Kind of the identifier; without it, write ID as KIND:VALUE.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="A legal date, past or future, instead of today.")
@enterprise_options
@connection_options("programme")
@output_options
def command(
    identifier: str,
    kind: str | None,
    on: datetime | None,
    described: Described,
    connection: Connection,
    output: Output,
) -> None:
    """Say what would be decided on the enterprise with this identifier, and record nothing.

    ID is 3-101-123456 with --kind cr.cedula_juridica, or cr.cedula_juridica:3-101-123456. With --on, and always for
    operators and auditors, the answer comes from the evidence of earlier applications.

    Exit status: 0 it would be granted, 1 refused, 3 it cannot be decided.
    """
    from certsvc.v1 import certificate_service_pb2 as pb

    output = output._replace(texts={**TEXTS, **_TEXTS})
    kind, value = (kind, identifier) if kind else pair(identifier, ":", "ID (without --kind)")
    request = pb.CheckEligibilityRequest(
        enterprise=enterprise_message(kind, value, described),
        declared_facts=declared_facts(described),
        legal_date=day(on.date()) if on else None,
        language_code=output.lang,
    )
    with open_channel(connection, output) as channel:
        from certsvc.cli.render import as_data
        from certsvc.cli.stubs import certificates

        answer: CheckEligibilityResponse = certificates(channel).CheckEligibility(request, timeout=connection.timeout)
    output.data(as_data(answer))
    _show(answer, output)
    raise click.exceptions.Exit(_status(answer))


def _show(answer: CheckEligibilityResponse, output: Output) -> None:
    from certsvc.cli.render import day, instant, show_facts, show_grant, show_reasons, word
    from certsvc.v1 import enterprise_pb2

    decision = answer.decision
    output.say({GRANTED: "granted", REFUSED: "refused"}.get(_status(answer), "undecided"))
    lines = {
        "kind": word(enterprise_pb2.CertificateKind, decision.kind, "CERTIFICATE_KIND_") if decision.kind else "",
        "size": word(enterprise_pb2.SizeClass, decision.size, "SIZE_CLASS_") if decision.size else "",
        "legal_date": day(decision.legal_date),
        "rule_set": decision.rule_set,
        "appeal_until": day(decision.appeal_until),
    }
    for label, value in lines.items():
        if value:
            output.line(f"{output.text(label)}: {value}")
    show_facts(output, decision.facts)
    show_grant(output, decision)
    show_reasons(output, decision.reasons)
    if answer.stored_evidence:
        time = instant(answer.evidence_time)
        output.say("stored" if time else "nothing_stored", time=time)


def _status(answer: CheckEligibilityResponse) -> int:
    """The exit status; what a newer service may answer is no grant."""
    from certsvc.v1.enterprise_pb2 import Decision

    known = {Decision.RESULT_GRANTED: GRANTED, Decision.RESULT_REFUSED: REFUSED}
    return known.get(answer.decision.result, UNDECIDED)
