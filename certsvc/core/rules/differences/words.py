"""How differences between two rule sets are said: a closed table for each kind of rule, each value of it, each word.

A Spanish noun comes with its article, because "de el" becomes "del".
"""

from __future__ import annotations

from typing import NamedTuple

from certsvc.core.model import CertificateKind, SizeClass, Text
from certsvc.core.rules.enterprise import Counted, Needs, Uncounted
from certsvc.core.rules.model import Event
from certsvc.core.rules.scheme import (
    Act,
    Broken,
    Component,
    Condition,
    Degraded,
    NotApplicable,
    PresumedDebt,
    Requirement,
    SecuredDebt,
    Undated,
)


class Noun(NamedTuple):
    """What something is called. `{scheme}`, `{name}` and `{key}` are replaced."""

    article: str
    es: str
    en: str


class Label(NamedTuple):
    """What one value of a rule is called, and how it is counted: DAYS, YEARS, MONEY, SHARE or nothing."""

    noun: Noun
    unit: str = ""


DAYS, YEARS, MONEY, SHARE = "days", "years", "money", "share"

KINDS: dict[str, Noun] = {
    "rules": Noun("las", "normas", "rules"),
    "schemes": Noun("la", "obligación «{scheme}»", "duty “{scheme}”"),
    "evidence": Noun("los", "datos sobre {scheme}", "evidence for {scheme}"),
    "arrangement": Noun("los", "arreglos de pago por {scheme}", "payment arrangements for {scheme}"),
    "liability": Noun("la", "causa de sujeción {name} a {scheme}", "ground of liability {name} for {scheme}"),
    "de_minimis": Noun("la", "deuda insignificante por {scheme}", "negligible debt for {scheme}"),
    "secured": Noun("la", "deuda asegurada por {scheme}", "secured debt for {scheme}"),
    "amnesties": Noun("la", "amnistía {name} sobre {scheme}", "amnesty {name} for {scheme}"),
    "presumed": Noun("la", "deuda presunta por {scheme}", "presumed debt for {scheme}"),
    "posting": Noun("el", "registro de pagos por {scheme}", "posting of payments for {scheme}"),
    "discharges": Noun("la", "liberación {name} por {scheme}", "discharge {name} for {scheme}"),
    "newly_registered": Noun("la", "inscripción reciente ante {scheme}", "new registration for {scheme}"),
    "degraded": Noun("la", "falta de respuesta sobre {scheme}", "outage of the agency for {scheme}"),
    "proofs": Noun("el", "grupo de pruebas «{name}»", "proof group “{name}”"),
    "regimes": Noun("el", "régimen «{name}»", "regime “{name}”"),
    "names": Noun("la", "comparación de nombres", "comparison of names"),
    "head_count": Noun("el", "cómputo del personal", "head count"),
    "sources": Noun("la", "procedencia del dato {name}", "source of the fact {name}"),
    "excluded": Noun("la", "exclusión de sectores", "exclusion of sectors"),
    "score": Noun("el", "tamaño por puntaje", "size by score"),
    "score_weights": Noun("el", "puntaje", "score"),
    "score_sectors": Noun("el", "sector {name}", "sector {name}"),
    "limits": Noun("el", "tamaño por límites", "size by limits"),
    "classes": Noun("la", "clase {name}", "class {name}"),
    "tolerance": Noun("la", "tolerancia al crecer", "tolerance after outgrowing"),
    "update": Noun("la", "actualización anual de datos", "yearly update of data"),
    "effects": Noun("el", "efecto «{name}»", "effect “{name}”"),
    "appeal": Noun("el", "recurso", "appeal"),
    "recheck": Noun("la", "nueva comprobación", "recheck"),
    "sample": Noun("la", "muestra anual", "yearly sample"),
}
"""Every kind of rule in `outline`."""

LABELS: dict[str, Label] = {
    "rules.first": Label(Noun("el", "primer día", "first day")),
    "rules.until": Label(Noun("el", "final (primer día sin ellas)", "end (first day without them)")),
    "rules.time_zone": Label(Noun("la", "zona horaria", "time zone")),
    "rules.currency": Label(Noun("la", "moneda", "currency")),
    "rules.validity": Label(Noun("la", "validez del certificado {key}", "validity of a {key} certificate"), DAYS),
    "schemes.requirement": Label(Noun("el", "peso", "weight")),
    "schemes.bars": Label(Noun("la", "lista de impedimentos", "list of bars")),
    "evidence.max_age_days": Label(Noun("la", "edad máxima", "greatest age"), DAYS),
    "evidence.standing_days": Label(Noun("el", "tiempo de vigencia", "time of standing"), DAYS),
    "evidence.undated": Label(Noun("el", "valor sin fecha", "worth without a date")),
    "arrangement.gives": Label(Noun("la", "clase de certificado", "kind of certificate")),
    "arrangement.first_instalment": Label(
        Noun("la", "exigencia de la primera cuota", "demand for the first instalment")
    ),
    "arrangement.late_instalments": Label(
        Noun("el", "máximo de cuotas atrasadas", "greatest number of late instalments")
    ),
    "arrangement.broken": Label(Noun("el", "efecto del incumplimiento", "consequence of a break")),
    "liability.since": Label(Noun("el", "primer día", "first day")),
    "liability.zones": Label(Noun("la", "lista de zonas", "list of zones")),
    "liability.sectors": Label(Noun("la", "lista de sectores", "list of sectors")),
    "liability.workers_from": Label(Noun("el", "mínimo de personas empleadas", "least head count")),
    "de_minimis.amount": Label(Noun("el", "monto", "amount"), MONEY),
    "de_minimis.counts": Label(Noun("la", "lista de componentes que cuentan", "list of components counted")),
    "secured.suspended": Label(Noun("el", "efecto de la suspensión", "consequence of a suspension")),
    "secured.guaranteed": Label(Noun("el", "efecto de la garantía", "consequence of a guarantee")),
    "amnesties.first": Label(Noun("el", "primer día", "first day")),
    "amnesties.until": Label(Noun("el", "día de cierre (excluido)", "closing day (not included)")),
    "amnesties.conditions": Label(Noun("la", "lista de condiciones", "list of conditions")),
    "amnesties.waives": Label(Noun("la", "parte condonada de {key}", "share of {key} waived"), SHARE),
    "amnesties.requested": Label(Noun("la", "exigencia de solicitarla", "demand for a request")),
    "amnesties.debts_from": Label(Noun("el", "día desde el cual terminan los periodos", "day from which periods end")),
    "amnesties.debts_before": Label(
        Noun("el", "día antes del cual terminan los periodos", "day before which periods end")
    ),
    "amnesties.older_than_days": Label(Noun("la", "edad mínima de los periodos", "least age of the periods"), DAYS),
    "presumed.presumed": Label(Noun("el", "efecto", "consequence")),
    "posting.lag_days": Label(Noun("el", "plazo", "time allowed"), DAYS),
    "discharges.bars": Label(Noun("la", "lista de impedimentos", "list of bars")),
    "discharges.sizes": Label(Noun("la", "lista de tamaños", "list of sizes")),
    "discharges.needs": Label(Noun("la", "lista de actos exigidos", "list of acts needed")),
    "discharges.request_within_days": Label(Noun("el", "plazo para pedirla", "time for asking"), DAYS),
    "discharges.once_in_days": Label(Noun("el", "tiempo entre dos solicitudes", "time between two requests"), DAYS),
    "discharges.holds_days": Label(Noun("la", "duración", "duration"), DAYS),
    "newly_registered.within_days": Label(Noun("el", "plazo", "time allowed"), DAYS),
    "degraded.mode": Label(Noun("el", "efecto", "consequence")),
    "degraded.also": Label(
        Noun("la", "lista de otros efectos que se pueden ordenar", "list of other consequences that may be ordered")
    ),
    "degraded.reuse_max_age_days": Label(
        Noun("la", "edad máxima de los datos reutilizados", "greatest age of evidence used again"), DAYS
    ),
    "proofs.at_least": Label(Noun("el", "mínimo", "least number")),
    "proofs.of": Label(Noun("la", "lista de obligaciones", "list of duties")),
    "proofs.not_applicable": Label(Noun("el", "valor de lo no aplicable", "worth of what does not apply")),
    "regimes.paid_by": Label(Noun("la", "obligación que lo paga", "duty that pays it")),
    "regimes.satisfies": Label(Noun("la", "lista de obligaciones satisfechas", "list of duties satisfied")),
    "regimes.ceilings": Label(Noun("el", "tope de {key}", "ceiling of {key}")),
    "regimes.excluded_sectors": Label(Noun("la", "lista de sectores excluidos", "list of excluded sectors")),
    "names.suffixes": Label(Noun("la", "lista de sufijos que no cuentan", "list of suffixes not counted")),
    "head_count.weights": Label(Noun("el", "peso de {key}", "weight of {key}")),
    "head_count.unknown": Label(Noun("el", "valor de lo desconocido", "worth of what is unknown")),
    "sources.sources": Label(Noun("la", "lista de fuentes", "list of sources")),
    "sources.max_age_days": Label(Noun("la", "edad máxima", "greatest age"), DAYS),
    "excluded.sectors": Label(Noun("la", "lista de sectores", "list of sectors")),
    "score.cut_offs": Label(Noun("el", "tope de la clase {key}", "cut-off of class {key}")),
    "score.certifiable": Label(Noun("la", "lista de clases con derecho", "list of classes certified")),
    "score_weights.staff": Label(Noun("el", "peso del personal", "weight of the staff")),
    "score_weights.net_sales": Label(Noun("el", "peso de las ventas", "weight of net sales")),
    "score_weights.assets": Label(Noun("el", "peso de los activos", "weight of assets")),
    "score_sectors.staff": Label(Noun("el", "divisor del personal", "staff denominator")),
    "score_sectors.net_sales": Label(Noun("el", "divisor de las ventas", "net sales denominator"), MONEY),
    "score_sectors.assets": Label(Noun("el", "divisor de los activos", "assets denominator"), MONEY),
    "score_sectors.assets_fact": Label(Noun("la", "clase de activos", "kind of assets")),
    "limits.needs": Label(Noun("la", "combinación de límites", "combination of limits")),
    "limits.certifiable": Label(Noun("la", "lista de clases con derecho", "list of classes certified")),
    "classes.size": Label(Noun("el", "tamaño", "size")),
    "classes.sectors": Label(Noun("la", "lista de sectores", "list of sectors")),
    "classes.limits": Label(Noun("el", "límite de {key}", "limit of {key}")),
    "tolerance.years": Label(Noun("la", "duración", "duration"), YEARS),
    "tolerance.counted": Label(Noun("el", "cómputo", "count")),
    "update.by": Label(Noun("el", "último día", "last day")),
    "effects.sizes": Label(Noun("la", "lista de tamaños", "list of sizes")),
    "effects.kinds": Label(Noun("la", "lista de clases de certificado", "list of kinds of certificate")),
    "effects.on_day": Label(Noun("el", "día del año que cuenta", "day of the year that counts")),
    "effects.clear": Label(Noun("la", "lista de obligaciones al día", "list of duties that must be clear")),
    "effects.limits": Label(Noun("el", "límite de {key}", "limit of {key}")),
    "effects.identifier_kinds": Label(Noun("la", "lista de clases de identificación", "list of kinds of identifier")),
    "effects.registered_within_days": Label(
        Noun("la", "edad máxima de la empresa", "greatest age of the enterprise"), DAYS
    ),
    "appeal.days": Label(Noun("el", "plazo", "time allowed"), DAYS),
    "recheck.days": Label(Noun("el", "tiempo entre dos veces", "time between two times"), DAYS),
    "recheck.on": Label(Noun("la", "lista de sucesos que la causan", "list of events that cause it")),
    "sample.share": Label(Noun("la", "parte", "share"), SHARE),
    "sample.sizes": Label(Noun("la", "lista de tamaños", "list of sizes")),
}
"""Every value of a rule that is not a text for people, as kind.field."""

WORDS: dict[str, Text] = {
    Requirement.HARD_BAR: Text("impedimento por sí sola", "a bar by itself"),
    Requirement.PROOF: Text("prueba", "a proof"),
    Requirement.OPTIONAL: Text("optativa", "optional"),
    Requirement.REGIME: Text("pago de un régimen", "the payment of a regime"),
    Undated.REJECT: Text("ninguno", "none"),
    Undated.USE_CHECK_DATE: Text("el del día de la consulta", "that of the day of asking"),
    Broken.FROM_THE_BREAK: Text("pérdida desde entonces", "loss from then on"),
    Broken.FROM_THE_START: Text("pérdida desde la firma", "loss from the signature on"),
    Component.PRINCIPAL: Text("principal", "principal"),
    Component.PENALTY: Text("multas", "penalties"),
    Component.INTEREST: Text("intereses", "interest"),
    SecuredDebt.BARS: Text("impedimento", "a bar"),
    SecuredDebt.CLEAR_UNDER_ARRANGEMENT: Text("como un arreglo de pago", "like a payment arrangement"),
    Condition.PRINCIPAL_PAID: Text("principal pagado", "principal paid"),
    Condition.ARRANGEMENT: Text("arreglo de pago", "payment arrangement"),
    Condition.REGISTERED: Text("inscripción", "registration"),
    PresumedDebt.LEAVES_OPEN: Text("pendiente", "left open"),
    Act.REGULARISED: Text("regularización", "putting it right"),
    Act.TRAINED: Text("capacitación", "training"),
    Degraded.PENDING: Text("pendiente", "left open"),
    Degraded.REFUSE: Text("rechazo", "a refusal"),
    Degraded.PROVISIONAL: Text("certificado provisional", "a provisional certificate"),
    Degraded.REUSE: Text("datos anteriores", "earlier evidence"),
    NotApplicable.MET: Text("prueba cumplida", "a proof that is met"),
    NotApplicable.LEFT_OUT: Text("no cuenta", "left out"),
    Uncounted.NONE: Text("cero", "zero"),
    Uncounted.MISSING: Text("dato que falta", "a missing fact"),
    Needs.ALL: Text("todos", "all"),
    Needs.ANY: Text("uno cualquiera", "any one"),
    Needs.HEAD_COUNT_AND_ANY: Text("el personal y uno más", "the head count and one more"),
    Counted.CALENDAR_YEARS: Text("por años naturales", "by calendar years"),
    Counted.ANNIVERSARIES: Text("de fecha a fecha", "from date to date"),
    Event.PAYMENT: Text("pago", "payment"),
    Event.ARREARS: Text("mora", "arrears"),
    Event.ARRANGEMENT_BROKEN: Text("arreglo incumplido", "broken arrangement"),
    CertificateKind.FULL: Text("pleno", "full"),
    CertificateKind.UNDER_ARRANGEMENT: Text("con arreglo de pago", "under arrangement"),
    CertificateKind.PROVISIONAL: Text("provisional", "provisional"),
    SizeClass.MICRO: Text("micro", "micro"),
    SizeClass.SMALL: Text("pequeña", "small"),
    SizeClass.MEDIUM: Text("mediana", "medium"),
}
"""The words of the vocabulary's closed choices; two choices that are spelled alike have one word."""
