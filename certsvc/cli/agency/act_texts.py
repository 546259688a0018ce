"""What the acts on agencies say, in Spanish and in English."""

from __future__ import annotations

from certsvc.cli.texts import TEXTS as COMMON

TEXTS: dict[str, tuple[str, str]] = COMMON | {
    "sure": ("¿Seguir?", "Go on?"),
    # mode
    "mode_pending": (
        "Mientras {agency} no responda, hasta el {until}: las solicitudes ESPERAN.",
        "While {agency} is out, until {until}: applications WAIT.",
    ),
    "mode_refuse": (
        "Mientras {agency} no responda, hasta el {until}: las solicitudes se RECHAZAN.",
        "While {agency} is out, until {until}: applications are REFUSED.",
    ),
    "mode_provisional": (
        "Mientras {agency} no responda, hasta el {until}: certificados PROVISIONALES que la nombran sin comprobar.",
        "While {agency} is out, until {until}: PROVISIONAL certificates, which name it as unchecked.",
    ),
    "mode_reuse": (
        "Sin respuesta de {agency}, hasta el {until}: VALE lo ya respondido, con la edad que admiten las normas.",
        "While {agency} is out, until {until}: what it answered before COUNTS, up to the age that the rules allow.",
    ),
    "mode_rules": (
        "Mientras {agency} no responda: lo que dicen las normas.",
        "While {agency} is out: what the rules say.",
    ),
    "mode_wakes": (
        "Solicitudes que la esperan y se intentan de nuevo ahora: {count}.",
        "Applications that wait for it and are attempted again now: {count}.",
    ),
    "mode_done": ("Registrado, por {actor}.", "Recorded, by {actor}."),
    # release
    "nothing_held": ("De {agency} no se retiene nada.", "Nothing of {agency} is held."),
    "release_proposes": (
        "Se PROPONDRÁ liberarla. Sus respuestas siguen retenidas hasta que otra persona lo confirme.",
        "This PROPOSES its release. Its answers stay held until another person carries it out.",
    ),
    "release_proposed_by": (
        "Si {actor} es otra persona, se LIBERA ahora: sus respuestas valen de inmediato, también para negar.",
        "If {actor} is another person, this RELEASES it now: its answers count at once, for refusals too.",
    ),
    "released": (
        "Liberada por {actor}. Las solicitudes que la esperan se intentan ahora.",
        "Released by {actor}. Applications that wait for it are attempted now.",
    ),
    "proposed": (
        "Propuesto por {actor}; SIGUE RETENIDA. Otra persona: certsvc agency release {agency} --reason MOTIVO",
        "Proposed by {actor}; it is STILL HELD. Another person: certsvc agency release {agency} --reason WHY",
    ),
    # dispute
    "dispute": ("Impugnación", "Dispute"),
    "state": ("Estado", "State"),
    "scheme": ("Obligación", "Scheme"),
    "until": ("Hasta", "Until"),
    "statement": ("Prueba", "Statement"),
    "opened_by": ("Abierta por", "Opened by"),
    "approved_by": ("Aprobada por", "Approved by"),
    "closed_by": ("Cerrada por", "Closed by"),
    "OPEN": ("abierta", "open"),
    "APPROVED": ("APROBADA", "APPROVED"),
    "EXPIRED": ("vencida", "expired"),
    "CLOSED": ("cerrada", "closed"),
    "dispute_opens": (
        "Se abrirá una impugnación de lo que {agency} dice de {number} ({scheme}), hasta el {until}. "
        "No vale hasta que otra persona la apruebe.",
        "This opens a dispute of what {agency} says of {number} ({scheme}), until {until}. "
        "It counts only once another person has approved it.",
    ),
    "dispute_was_open": (
        "Ya había una abierta; no se registró otra.",
        "One was open already; no other was recorded.",
    ),
    "dispute_next": (
        "No vale todavía. Otra persona: certsvc agency dispute approve {id}",
        "It does not count yet. Another person: certsvc agency dispute approve {id}",
    ),
    "dispute_approves": (
        "Hasta su fin, lo impugnado no niega ni concede: la solicitud queda pendiente.",
        "Until it ends, what is disputed neither refuses nor grants: applications stay pending.",
    ),
    "dispute_closes": (
        "Lo que dice la institución vuelve a valer de inmediato.",
        "What the agency says counts again at once.",
    ),
    "dispute_unknown": (
        "No está entre las {count} más recientes; se hará igual si existe.",
        "It is not among the newest {count}; it is done all the same if it exists.",
    ),
}
