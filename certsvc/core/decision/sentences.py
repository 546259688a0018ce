"""The sentences of explanations. Data alone; `wording` puts in what the placeholders stand for."""

from __future__ import annotations

from collections.abc import Mapping

from certsvc.core.decision.journal import RuleKind, StepState
from certsvc.core.model import Result, Text

_K, _S = RuleKind, StepState

HEADLINES: Mapping[Result, Text] = {
    Result.GRANTED: Text(
        "OTORGADO el {on}: certificado {kind}, válido por {days} días. {title}.",
        "GRANTED on {on}: a {kind} certificate, valid for {days} days. {title}.",
    ),
    Result.REFUSED: Text(
        "DENEGADO el {on}, por los motivos que siguen. {title}.",
        "REFUSED on {on}, for the reasons below. {title}.",
    ),
    Result.UNDECIDED: Text(
        "SIN DECIDIR al {on}: falta saber lo que sigue. {title}.",
        "UNDECIDED on {on}: what follows is not known yet. {title}.",
    ),
}
APPEAL = Text("Puede recurrirse hasta el {until}.", "It can be appealed until {until}.")
APPEAL_WHERE = Text("Puede recurrirse hasta el {until}: {where}.", "It can be appealed until {until}: {where}.")

SENTENCES: Mapping[tuple[RuleKind, StepState], Text] = {
    (_K.SCHEME, _S.PASSED): Text("{scheme}: sin obstáculos.", "{scheme}: nothing stands against it."),
    (_K.SCHEME, _S.FAILED): Text("{scheme}: hay un obstáculo: {code}.", "{scheme}: there is a bar: {code}."),
    (_K.SCHEME, _S.OPEN): Text("{scheme}: no se sabe todavía.", "{scheme}: not known yet."),
    (_K.SCHEME, _S.NOT_APPLICABLE): Text("{scheme}: nada se exige.", "{scheme}: nothing is asked for."),
    (_K.EVIDENCE, _S.PASSED): Text(
        "Respuesta de {agency}: {code}; datos del {day_of_data}, se admiten hasta {limit} días.",
        "Answer of {agency}: {code}; data of {day_of_data}, up to {limit} days are accepted.",
    ),
    (_K.EVIDENCE, _S.OPEN): Text(
        "Nada prueba la respuesta de {agency}: {code}.", "The answer of {agency} proves nothing: {code}."
    ),
    (_K.EVIDENCE, _S.NOT_APPLICABLE): Text(
        "La respuesta de {agency} no cuenta aquí.", "The answer of {agency} does not count here."
    ),
    (_K.ARRANGEMENT, _S.APPLIED): Text(
        "Hay un arreglo de pago en orden.", "There is a payment arrangement in good order."
    ),
    (_K.ARRANGEMENT, _S.FAILED): Text(
        "El arreglo de pago no está en orden.", "The payment arrangement is not in good order."
    ),
    (_K.ARRANGEMENT, _S.NOT_APPLICABLE): Text(
        "No hay arreglo de pago que considerar.", "There is no payment arrangement to consider."
    ),
    (_K.LIABILITY, _S.APPLIED): Text(
        "Obligada por {name}, vigente desde el {since}.", "Liable by {name}, in force since {since}."
    ),
    (_K.LIABILITY, _S.OPEN): Text(
        "No se sabe si está obligada por {name}: falta {fact}. Se toma como obligada.",
        "It is not known whether it is liable by {name}: {fact} is missing. It is taken as liable.",
    ),
    (_K.LIABILITY, _S.NOT_APPLICABLE): Text("No está obligada por {name}.", "Not liable by {name}."),
    (_K.LIABILITY, _S.NOT_IN_FORCE): Text("{name} rige desde el {since}.", "{name} is in force from {since} on."),
    (_K.DE_MINIMIS, _S.APPLIED): Text(
        "Lo que se debe no pasa del límite de {limit}.", "What is owed is not above the limit of {limit}."
    ),
    (_K.DE_MINIMIS, _S.FAILED): Text(
        "Lo que se debe pasa del límite de {limit}.", "What is owed is above the limit of {limit}."
    ),
    (_K.DE_MINIMIS, _S.NOT_APPLICABLE): Text(
        "No hay deudas que comparar con el límite.", "There are no debts to compare with the limit."
    ),
    (_K.SECURED, _S.APPLIED): Text(
        "Deudas suspendidas o garantizadas que no impiden: {debts}.",
        "Debts that do not bar, suspended or guaranteed: {debts}.",
    ),
    (_K.SECURED, _S.FAILED): Text(
        "Las deudas suspendidas o garantizadas ({debts}) impiden.",
        "Suspended or guaranteed debts ({debts}) bar all the same.",
    ),
    (_K.SECURED, _S.NOT_APPLICABLE): Text(
        "No hay deudas suspendidas ni garantizadas.", "There are no suspended or guaranteed debts."
    ),
    (_K.AMNESTY, _S.APPLIED): Text(
        "La condonación {name} alcanza {debts} de las deudas.", "The amnesty {name} relieves {debts} of the debts."
    ),
    (_K.AMNESTY, _S.FAILED): Text("La condonación {name} no se obtuvo.", "The amnesty {name} was not earned."),
    (_K.AMNESTY, _S.NOT_APPLICABLE): Text(
        "La condonación {name} no viene al caso.", "The amnesty {name} does not concern the case."
    ),
    (_K.AMNESTY, _S.NOT_IN_FORCE): Text("La condonación {name} no ha comenzado.", "The amnesty {name} has not begun."),
    (_K.PRESUMED, _S.FAILED): Text(
        "Todas las deudas son presuntas, e impiden.", "All debts are presumed, and they bar."
    ),
    (_K.PRESUMED, _S.OPEN): Text(
        "Todas las deudas son presuntas: falta confirmarlas.", "All debts are presumed and still to be confirmed."
    ),
    (_K.PRESUMED, _S.NOT_APPLICABLE): Text(
        "No se trata solo de deudas presuntas.", "It is not a matter of presumed debts alone."
    ),
    (_K.POSTING, _S.OPEN): Text(
        "Hubo un pago que puede no estar registrado aún; se espera {days} días más.",
        "There was a payment that may not be posted yet; {days} more days are allowed.",
    ),
    (_K.POSTING, _S.NOT_APPLICABLE): Text(
        "No hay pago reciente por registrar.", "There is no recent payment still to be posted."
    ),
    (_K.DISCHARGE, _S.APPLIED): Text(
        "Liberada por {name}, por {days} días más.", "Discharged under {name}, for {days} more days."
    ),
    (_K.DISCHARGE, _S.FAILED): Text("No queda liberada por {name}.", "Not discharged under {name}."),
    (_K.DISCHARGE, _S.NOT_APPLICABLE): Text(
        "No se ha pedido liberación por {name}.", "No discharge under {name} was asked for."
    ),
    (_K.NEWLY_REGISTERED, _S.APPLIED): Text(
        "Inscrita hace poco: ninguna declaración es exigible por {days} días más.",
        "Newly registered: no return is due for {days} more days.",
    ),
    (_K.NEWLY_REGISTERED, _S.FAILED): Text(
        "No es de inscripción reciente (menos de {limit} días).", "Not newly registered (within {limit} days)."
    ),
    (_K.NEWLY_REGISTERED, _S.NOT_APPLICABLE): Text("No falta ninguna declaración.", "No return is missing."),
    (_K.DEGRADED, _S.APPLIED): Text(
        "Sin respuesta de {agency}; las reglas disponen: {mode}.", "No answer of {agency}; the rules say: {mode}."
    ),
    (_K.DEGRADED, _S.NOT_APPLICABLE): Text(
        "No hizo falta suplir la respuesta de {agency}.", "Nothing had to stand in for the answer of {agency}."
    ),
    (_K.PROOF, _S.PASSED): Text(
        "{name}: basta con {need}, y hay {met} ({not_applicable} no aplican).",
        "{name}: {need} will do, and there are {met} ({not_applicable} do not apply).",
    ),
    (_K.PROOF, _S.FAILED): Text(
        "{name}: hacen falta {need}, y hay {met}.", "{name}: {need} are needed, and there are {met}."
    ),
    (_K.PROOF, _S.OPEN): Text(
        "{name}: hacen falta {need}, y hasta ahora hay {met}.", "{name}: {need} are needed, and there are {met} so far."
    ),
    (_K.REGIME, _S.APPLIED): Text("Está en {name}, dentro de sus límites.", "It has joined {name}, within its limits."),
    (_K.REGIME, _S.FAILED): Text("No puede estar en {name}: {code}.", "It cannot be in {name}: {code}."),
    (_K.REGIME, _S.NOT_APPLICABLE): Text("No está en {name}.", "It has not joined {name}."),
    (_K.NAMES, _S.PASSED): Text("Los nombres coinciden.", "The names agree."),
    (_K.NAMES, _S.FAILED): Text("Los nombres no coinciden en {agency}.", "The names do not agree at {agency}."),
    (_K.HEAD_COUNT, _S.APPLIED): Text("El personal cuenta como {head_count}.", "The head count is {head_count}."),
    (_K.HEAD_COUNT, _S.FAILED): Text(
        "No se puede contar el personal: falta {fact}.", "The head count cannot be told: {fact} is missing."
    ),
    (_K.SOURCE, _S.APPLIED): Text(
        "Dato «{name}»: de una fuente admitida ({agency}).", 'Fact "{name}": from a source that is admitted ({agency}).'
    ),
    (_K.SOURCE, _S.FAILED): Text(
        "Dato «{name}»: de una fuente no admitida ({agency}), o demasiado antiguo.",
        'Fact "{name}": from a source that is not admitted ({agency}), or too old.',
    ),
    (_K.SOURCE, _S.NOT_APPLICABLE): Text("Dato «{name}»: nadie lo da.", 'Fact "{name}": nobody states it.'),
    (_K.EXCLUDED, _S.PASSED): Text("El sector {sector} no está excluido.", "The sector {sector} is not excluded."),
    (_K.EXCLUDED, _S.FAILED): Text("El sector impide: {code}.", "The sector bars: {code}."),
    (_K.SIZE, _S.PASSED): Text("El tamaño es {size}.", "The size is {size}."),
    (_K.SIZE, _S.FAILED): Text(
        "El tamaño no permite el certificado: {code}.", "The size does not allow a certificate: {code}."
    ),
    (_K.SIZE, _S.NOT_APPLICABLE): Text("El tamaño no se determinó.", "The size was not told."),
    (_K.WEIGHTS, _S.APPLIED): Text(
        "El puntaje es {score}: suma de los términos de personal, ventas y activos.",
        "The score is {score}: the sum of the terms of staff, sales and assets.",
    ),
    (_K.WEIGHTS, _S.NOT_APPLICABLE): Text("No se calculó puntaje.", "No score was reckoned."),
    (_K.CUT_OFFS, _S.APPLIED): Text(
        "El puntaje {score} se comparó con los límites de las clases.",
        "The score {score} was held against the limits of the classes.",
    ),
    (_K.CUT_OFFS, _S.NOT_APPLICABLE): Text("No hay puntaje que comparar.", "There is no score to compare."),
    (_K.SECTOR, _S.APPLIED): Text(
        "Se aplican las cifras del sector {sector}.", "The figures of the sector {sector} apply."
    ),
    (_K.SECTOR, _S.NOT_APPLICABLE): Text(
        "Las cifras del sector {sector} no se aplican.", "The figures of the sector {sector} do not apply."
    ),
    (_K.CLASS, _S.APPLIED): Text(
        "Cumple los límites de la clase {size}.", "It is within the limits of the class {size}."
    ),
    (_K.CLASS, _S.NOT_APPLICABLE): Text("La clase {size} no es la suya.", "The class {size} is not its own."),
    (_K.TOLERANCE, _S.APPLIED): Text(
        "Conserva la clase {size} hasta antes del {until}.", "It keeps the class {size} until before {until}."
    ),
    (_K.TOLERANCE, _S.FAILED): Text("La tolerancia no la ampara.", "The tolerance does not cover it."),
    (_K.TOLERANCE, _S.NOT_APPLICABLE): Text(
        "No ha superado los límites de tamaño.", "It has not outgrown the limits of size."
    ),
    (_K.UPDATE, _S.PASSED): Text(
        "Los datos están al día hasta antes del {until}.", "The data is up to date until before {until}."
    ),
    (_K.UPDATE, _S.FAILED): Text(
        "Falta la actualización anual de los datos.", "The yearly update of the data is missing."
    ),
    (_K.UPDATE, _S.NOT_APPLICABLE): Text(
        "Sin tamaño no hay datos que actualizar.", "Without a size there is no data to update."
    ),
    (_K.VALIDITY, _S.APPLIED): Text(
        "Un certificado {kind} vale hasta {limit} días; este, {days}.",
        "A {kind} certificate is valid for up to {limit} days; this one for {days}.",
    ),
    (_K.VALIDITY, _S.NOT_APPLICABLE): Text(
        "No hay certificado cuya validez contar.", "There is no certificate whose validity to reckon."
    ),
    (_K.EFFECT, _S.APPLIED): Text(
        "Abre {name}, según su estado al {day}.", "It opens {name}, by its standing on {day}."
    ),
    (_K.EFFECT, _S.NOT_APPLICABLE): Text("No abre {name}.", "It does not open {name}."),
    (_K.APPEAL, _S.APPLIED): Text("Puede recurrirse hasta el {until}.", "It can be appealed until {until}."),
    (_K.APPEAL, _S.NOT_APPLICABLE): Text("No hay denegación que recurrir.", "There is no refusal to appeal."),
    (_K.RECHECK, _S.APPLIED): Text(
        "Se volverá a comprobar a más tardar en {days} días.", "It will be checked again within {days} days."
    ),
    (_K.RECHECK, _S.NOT_APPLICABLE): Text(
        "No hay certificado que volver a comprobar.", "There is no certificate to check again."
    ),
    (_K.SAMPLE, _S.APPLIED): Text(
        "Puede salir en la muestra anual de inspección.", "It may be drawn for the yearly inspection."
    ),
    (_K.SAMPLE, _S.NOT_APPLICABLE): Text(
        "No entra en la muestra anual de inspección.", "It is not among those drawn for the yearly inspection."
    ),
}
"""What is said of each kind of rule in each state that it can have."""
