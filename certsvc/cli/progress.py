"""How far each agency is with an application, as people read it: a table at the end, a line at each change before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from certsvc.cli.output import Output

if TYPE_CHECKING:
    from certsvc.v1.certificate_service_pb2 import AgencyProgress, Application

TEXTS: dict[str, tuple[str, str]] = {
    "agency": ("Institución", "Agency"),
    "schemes": ("Obligaciones", "Schemes"),
    "progress": ("Avance", "Progress"),
    "checked": ("Consultada", "Asked"),
    "attempts": ("Intentos: {count}", "Attempts: {count}"),
    "worker": ("En proceso en {worker}, hasta {until}", "Being attempted by {worker}, until {until}"),
    "STATE_ANSWERED": ("respondió", "has answered"),
    "STATE_ASKING": ("se le está consultando", "is being asked"),
    "STATE_WAITING": ("sin respuesta", "has not answered"),
    "STATE_PAUSED": ("en pausa", "is paused"),
    "STATE_DISPUTED": ("en disputa o revisión", "is disputed or under review"),
}


def show_progress(output: Output, application: Application) -> None:
    """Prints the attempts made and where each agency stands; nothing of one that was granted."""
    from certsvc.cli.render import instant
    from certsvc.v1 import certificate_service_pb2 as pb

    if application.state == pb.Application.STATE_GRANTED or not application.progress:
        return
    output = output._replace(texts=TEXTS)
    output.say("attempts", count=application.attempts)
    if application.worker:
        output.say("worker", worker=application.worker, until=instant(application.lease_expire_time))
    rows = [
        [each.agency, ", ".join(each.schemes), _state(output, each), instant(each.check_time)]
        for each in application.progress
    ]
    output.table(("agency", "schemes", "progress", "checked"), rows)


class Told:
    """Says what has changed at each agency while somebody waits, on standard error; nothing if JSON is wanted."""

    def __init__(self, output: Output) -> None:
        self._output = output._replace(texts=TEXTS)
        self._states: dict[str, int] = {}

    def tell(self, application: Application) -> None:
        """Prints a line for each agency that stands otherwise than it was told before."""
        for each in application.progress:
            if self._states.get(each.agency) != each.state:
                self._states[each.agency] = each.state
                if not self._output.as_json:
                    click.echo(f"  {each.agency}: {_state(self._output, each)}", err=True)


def _state(output: Output, progress: AgencyProgress) -> str:
    from certsvc.cli.render import word
    from certsvc.v1 import certificate_service_pb2 as pb

    name = word(pb.AgencyProgress.State, progress.state, "")
    # A newer service may know more states than we do.
    return output.text(name) if name in TEXTS else name
