"""The command's texts for people, in Spanish and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("es", "en")

_VERDICTS = {
    "VALID": ("VÁLIDO: auténtico y vigente.", "VALID: genuine and in force."),
    "REVOKED": ("REVOCADO: auténtico, pero ya no vale.", "REVOKED: genuine, but it no longer holds."),
    "SUSPENDED": ("SUSPENDIDO: auténtico, pero no vale por ahora.", "SUSPENDED: genuine, but on hold for now."),
    "EXPIRED": ("VENCIDO: auténtico, pero su plazo terminó.", "EXPIRED: genuine, but its period has ended."),
    "INVALID": ("INVÁLIDO: no lo acepte.", "INVALID: do not accept it."),
    "UNKNOWN": ("NO SE SABE: no lo acepte ni lo rechace todavía.", "UNKNOWN: neither accept nor refuse it yet."),
}

_REASONS = {
    "bad_signature": (
        "La firma no corresponde: fue alterado o no lo emitió la autoridad.",
        "The signature does not fit: it was altered, or the authority did not issue it.",
    ),
    "key_unknown": (
        "Lo firma una clave que la autoridad no ha publicado. Si sus datos de confianza son viejos, actualícelos.",
        "It is signed by a key that the authority has not published. If your trust data are old, update them.",
    ),
    "key_revoked": ("La clave que lo firmó fue revocada.", "The key that signed it was revoked."),
    "issued_in_the_future": (
        "Su fecha de emisión está en el futuro. Revise el reloj de este equipo.",
        "Its date of issue lies in the future. Check this computer's clock.",
    ),
    "no_trust_data": (
        "No hay datos de confianza. Indique el archivo con --bundle.",
        "There are no trust data. Give the file with --bundle.",
    ),
    "clock_set_back": (
        "El reloj está antes de los datos de confianza ya aceptados. Corrija la hora.",
        "The clock is earlier than trust data already accepted. Set it right.",
    ),
    "key_set_expired": (
        "Las claves publicadas vencieron. Pida un archivo de confianza nuevo a la autoridad.",
        "The published keys have expired. Get a new trust bundle from the authority.",
    ),
    "status_list_missing": (
        "Falta la lista de estado de este certificado. Pida un archivo de confianza nuevo a la autoridad.",
        "The status list of this certificate is missing. Get a new trust bundle from the authority.",
    ),
    "status_list_expired": (
        "La lista de estado venció. Pida un archivo de confianza nuevo a la autoridad.",
        "The status list has expired. Get a new trust bundle from the authority.",
    ),
    "root_not_pinned": (
        "No lo respalda la raíz indicada. Compare la huella con la de su convenio; si coincide, no use el archivo.",
        "The given root does not stand behind it. Compare the thumbprint with your agreement; if it is the same, "
        "do not use the file.",
    ),
    "key_set_rollback": (
        "Es más viejo que los datos ya aceptados. Pida el más reciente.",
        "It is older than data already accepted. Get the newest.",
    ),
    "status_list_rollback": (
        "Trae una lista más vieja que la ya aceptada. Pida el archivo más reciente.",
        "It brings a list older than one already accepted. Get the newest file.",
    ),
}

_TOO_MUCH = (
    "Trae más de lo que un verificador admite. Avise a la autoridad.",
    "It brings more than a verifier accepts. Tell the authority.",
)
_REASONS |= dict.fromkeys(
    (
        "bundle_too_large",
        "status_list_too_large",
        "status_lists_too_large",
        "too_many_status_lists",
        "too_many_status_marks",
    ),
    _TOO_MUCH,
)

_INVALID = ("El texto no es un certificado auténtico.", "The text is not a genuine certificate.")
_BUNDLE = (
    "El archivo está dañado o alterado. Pídalo de nuevo a la autoridad.",
    "The file is damaged or altered. Get it again from the authority.",
)

_LABELS = {
    "name": ("Nombre", "Name"),
    "identifier": ("Identificación", "Identifier"),
    "kind": ("Clase", "Kind"),
    "size": ("Tamaño", "Size"),
    "serial": ("Número", "Number"),
    "issued_at": ("Emitido", "Issued"),
    "expires_at": ("Vence", "Expires"),
    "clear": ("Al día hasta", "Clear up to"),
    "unchecked": ("Sin comprobar", "Not checked"),
    "effects": ("Vale para, desde", "Counts for, from"),
    "status_as_of": ("Estado según la lista del", "Status as of"),
    "reason": ("Motivo", "Reason"),
}

_WORDS = {
    "FULL": ("completo", "full"),
    "UNDER_ARRANGEMENT": ("con arreglo de pago", "under a payment arrangement"),
    "PROVISIONAL": ("provisional", "provisional"),
    "MICRO": ("micro", "micro"),
    "SMALL": ("pequeña", "small"),
    "MEDIUM": ("mediana", "medium"),
}

_REFUSED = (
    "No se aceptó el archivo de confianza ({reason}). {advice}",
    "The trust bundle was refused ({reason}). {advice}",
)
_KEPT = ("Se usan los datos aceptados antes.", "The data accepted before are used.")
_NONE = ("No hay datos anteriores: nada se puede comprobar.", "There are no earlier data: nothing can be verified.")


def verdict_text(status: str, language: str) -> str:
    """What a verdict means, in one line."""
    return _pick(_VERDICTS, status, (status, status), language)


def reason_text(status: str, reason: str, language: str) -> str:
    """Why, and what to do; empty where the verdict says it all."""
    fallback = _INVALID if status == "INVALID" else ("", "")
    return _pick(_REASONS, reason, fallback, language)


def refused_text(reason: str, kept: bool, language: str) -> str:
    """That a bundle was refused, why, what to do, and what is used instead."""
    place = LANGUAGES.index(language)
    advice = _pick(_REASONS, reason, _BUNDLE, language)
    return f"{_REFUSED[place].format(reason=reason, advice=advice)} {(_KEPT if kept else _NONE)[place]}"


def label(name: str, language: str) -> str:
    """The heading of one line."""
    return _LABELS[name][LANGUAGES.index(language)]


def word(code: str, language: str) -> str:
    """A kind or size in words; a code without one as it is."""
    return _pick(_WORDS, code, (code, code), language)


def _pick(table: Mapping[str, tuple[str, str]], key: str, fallback: tuple[str, str], language: str) -> str:
    return table.get(key, fallback)[LANGUAGES.index(language)]
