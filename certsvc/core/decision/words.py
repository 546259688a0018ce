"""Words and reasons for explanations. Data alone; `wording` puts them into the sentences."""

from __future__ import annotations

from collections.abc import Mapping

from certsvc.core.decision.journal import RuleKind
from certsvc.core.model import CertificateKind, Text
from certsvc.core.outcome import Outcome
from certsvc.core.rules.codes import RuleCode

_K = RuleKind

KINDS: Mapping[CertificateKind, Text] = {
    CertificateKind.FULL: Text("pleno", "full"),
    CertificateKind.UNDER_ARRANGEMENT: Text("bajo arreglo de pago", "payment-arrangement"),
    CertificateKind.PROVISIONAL: Text("provisional", "provisional"),
}

BECAUSE: Mapping[tuple[RuleKind | None, str], Text] = {
    (None, "not_liable"): Text("No está obligada.", "It is not liable."),
    (None, "not_joined"): Text(
        "No está en el régimen que lo cobra.", "It has not joined the regime whose payment it is."
    ),
    (None, "satisfied"): Text("Lo cubre el pago del régimen.", "The payment of the regime covers it."),
    (None, "old_debts"): Text("Lo vencido de antes cuenta igualmente.", "What was owed before counts all the same."),
    (None, "newly_registered"): Text("Todavía no es exigible.", "It is not due yet."),
    (None, "no_debt_covered"): Text(
        "No cubre los periodos de las deudas.", "It does not cover the periods of the debts."
    ),
    (None, "not_requested"): Text("No se solicitó en el plazo.", "It was not asked for in time."),
    (None, "condition_not_met"): Text("No se cumplió la condición en el plazo.", "The condition was not met in time."),
    (None, "other_size"): Text("Su tamaño no es de los previstos.", "Its size is not one of those provided for."),
    (None, "requested_late"): Text("No se pidió en el plazo.", "It was not asked for in time."),
    (None, "requested_again"): Text(
        "Se pidió demasiado pronto después de otra.", "It was asked for too soon after another one."
    ),
    (None, "acts_missing"): Text("Falta regularizar o capacitarse.", "Putting right or training is still missing."),
    (None, "expired"): Text("El plazo terminó.", "Its time is over."),
    (None, "two_names"): Text("Los nombres no coinciden.", "The names do not agree."),
    (_K.DEGRADED, "switched"): Text(
        "Así lo ordenó quien opera el servicio, como las reglas permiten.",
        "An operator switched to it, as the rules allow.",
    ),
    (_K.TOLERANCE, "condition_not_met"): Text(
        "No consta una clase anterior, ni desde cuándo la superó.",
        "No former class is known, or since when it was outgrown.",
    ),
    (_K.ARRANGEMENT, "not_begun"): Text(
        "No ha comenzado: falta la primera cuota.", "It has not begun: the first instalment is missing."
    ),
    (_K.ARRANGEMENT, "kept"): Text("Se cumple.", "It is being kept."),
    (_K.ARRANGEMENT, "completed"): Text("Ya se cumplió por completo.", "It has been kept to its end."),
    (_K.ARRANGEMENT, "broken"): Text("Se incumplió.", "It was broken."),
    (_K.EFFECT, "not_granted"): Text("No hay certificado.", "There is no certificate."),
    (_K.EFFECT, "on_day"): Text("Ese día no cae en su validez.", "That day does not fall in its validity."),
    (_K.EFFECT, "kinds"): Text("No con esta clase de certificado.", "Not with this kind of certificate."),
    (_K.EFFECT, "sizes"): Text("No para su tamaño.", "Not for its size."),
    (_K.EFFECT, "clear"): Text("Falta una obligación al día.", "A duty that must be clear is not."),
    (_K.EFFECT, "limits"): Text("Supera un límite, o falta el dato.", "A limit is not met, or the fact is missing."),
    (_K.EFFECT, "identifier_kinds"): Text(
        "No para su tipo de identificación.", "Not for its kind of identification number."
    ),
    (_K.EFFECT, "registered_within_days"): Text(
        "No para una empresa de su antigüedad.", "Not for an enterprise of its age."
    ),
}
"""Why, by the detail `because`; for one kind of rule, or for any."""

WORDS: Mapping[str, Text] = {
    Outcome.CLEAR.value: Text("al día", "clear"),
    Outcome.CLEAR_UNDER_ARRANGEMENT.value: Text("al día con arreglo de pago", "clear under an arrangement"),
    Outcome.CLEAR_NOT_LIABLE.value: Text("no obligada", "not liable"),
    Outcome.CLEAR_BELOW_THRESHOLD.value: Text("deuda por debajo del mínimo", "debt below the minimum"),
    Outcome.BARRED_ARREARS.value: Text("pagos vencidos", "arrears"),
    Outcome.BARRED_MISSING_RETURN.value: Text("falta una declaración", "a return is missing"),
    Outcome.BARRED_ARRANGEMENT_BROKEN.value: Text("arreglo de pago incumplido", "payment arrangement broken"),
    Outcome.BARRED_NOT_REGISTERED.value: Text("no inscrita", "not registered"),
    Outcome.BARRED_DEREGISTERED.value: Text("desinscrita", "deregistered"),
    Outcome.DISPUTED.value: Text("en disputa", "in dispute"),
    Outcome.NO_INFORMATION.value: Text("sin información", "no information"),
    Outcome.UNAVAILABLE.value: Text("sin respuesta a tiempo", "no answer in time"),
    Outcome.MALFORMED.value: Text("respuesta que no se entiende", "an answer that cannot be understood"),
    Outcome.RATE_LIMITED.value: Text("no admite más consultas", "takes no more questions"),
    RuleCode.EVIDENCE_STALE.value: Text("datos demasiado antiguos", "data too old"),
    RuleCode.EVIDENCE_UNDATED.value: Text("datos sin fecha", "data without a date"),
    RuleCode.NO_FINDING.value: Text("nadie ha respondido", "nobody has answered"),
    RuleCode.PRESUMED_DEBT.value: Text("deuda presunta", "presumed debt"),
    RuleCode.PAYMENT_NOT_POSTED.value: Text("pago por registrar", "payment not posted yet"),
    RuleCode.FACTS_MISSING.value: Text("faltan datos", "facts are missing"),
    RuleCode.SECTOR_UNKNOWN.value: Text("sector sin regla de tamaño", "a sector without size rule"),
    RuleCode.SECTOR_EXCLUDED.value: Text("sector excluido", "excluded sector"),
    RuleCode.SIZE_ABOVE_LIMIT.value: Text("demasiado grande", "too large"),
    RuleCode.SIZE_BELOW_LIMIT.value: Text("demasiado pequeña", "too small"),
    RuleCode.REGIME_CEILING_EXCEEDED.value: Text("supera un tope del régimen", "above a ceiling of the regime"),
    RuleCode.REGIME_SECTOR_EXCLUDED.value: Text("sector excluido del régimen", "sector excluded from the regime"),
    RuleCode.DATA_UPDATE_MISSED.value: Text("falta la actualización anual", "yearly update missed"),
    "MICRO": Text("micro", "micro"),
    "SMALL": Text("pequeña", "small"),
    "MEDIUM": Text("mediana", "medium"),
    "FULL": KINDS[CertificateKind.FULL],
    "UNDER_ARRANGEMENT": KINDS[CertificateKind.UNDER_ARRANGEMENT],
    "PROVISIONAL": KINDS[CertificateKind.PROVISIONAL],
    "pending": Text("esperar", "wait"),
    "refuse": Text("denegar", "refuse"),
    "provisional": Text("certificado provisional", "a provisional certificate"),
    "reuse": Text("usar la respuesta anterior", "use the earlier answer"),
    "name": Text("nombre", "name"),
    "head_count": Text("personal", "head count"),
    "net_sales": Text("ventas netas", "net sales"),
    "fixed_assets": Text("activos fijos", "fixed assets"),
    "total_assets": Text("activos totales", "total assets"),
    "sector": Text("sector", "sector"),
    "zone": Text("zona", "zone"),
    "regime": Text("régimen", "regime"),
    "registered_on": Text("fecha de inscripción", "day of registration"),
    "former_size": Text("tamaño anterior", "former size"),
    "outgrew_on": Text("fecha en que superó el límite", "day on which it outgrew the limit"),
    "workers_permanent": Text("personal permanente", "permanent workers"),
    "workers_part_time": Text("personal a tiempo parcial", "part-time workers"),
    "workers_casual": Text("personal ocasional", "casual workers"),
    "workers_apprentice": Text("aprendices", "apprentices"),
    "workers_family": Text("familiares", "family workers"),
    "workers_home": Text("trabajo a domicilio", "home workers"),
    "workers_owner": Text("personas propietarias", "owners"),
    "declared": Text("la declaración", "the declaration"),
}
"""How values of the vocabulary read; the rest reads as it is written."""
