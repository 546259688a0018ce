"""What `certsvc rules` says, in Spanish and in English."""

TEXTS: dict[str, tuple[str, str]] = {
    "case": ("  {where} ({on}): {situation}", "  {where} ({on}): {situation}"),
    # list
    "version": ("Versión", "Version"),
    "until": ("Hasta (excluido)", "Until (not included)"),
    "title": ("Título", "Title"),
    "unconfirmed": ("Sin confirmar", "Not confirmed"),
    # new
    "new_written": ("Escrito: {path}", "Written: {path}"),
    "new_next": ("Ahora: certsvc rules check {path}", "Next: certsvc rules check {path}"),
    # check
    "check_faults": ("{name}: errores: {count}", "{name}: faults: {count}"),
    "check_none": (
        "{name}: sin errores (versiones: {versions}); sin tabla de casos",
        "{name}: no faults (versions: {versions}); no case table",
    ),
    "check_passed": (
        "{name}: sin errores (versiones: {versions}); los {count} casos salen como se espera",
        "{name}: no faults (versions: {versions}); all {count} cases come out as expected",
    ),
    "check_failing": (
        "{name}: casos que NO salen como se espera: {failing} de {count}",
        "{name}: cases that do NOT come out as expected: {failing} of {count}",
    ),
    "check_difference": (
        "      {what}: se espera {expected}; se decide {decided}",
        "      {what}: expected {expected}; decided {decided}",
    ),
    "check_day": ("  sin caso el {day} ({what})", "  no case on {day} ({what})"),
    "check_reason": ("  ningún caso termina con: {what}", "  no case ends with: {what}"),
    "check_rule": ("  ningún caso llega a aplicar: {what}", "  no case brings these rules to bear: {what}"),
    "check_unconfirmed": ("  reglas sin confirmar: {count}", "  rules not confirmed: {count}"),
    "check_unconfirmed_more": (
        "  reglas sin confirmar: {count} (--verbose las muestra)",
        "  rules not confirmed: {count} (--verbose lists them)",
    ),
    # diff
    "diff_none": ("Nada cambia.", "Nothing changes."),
    "diff_citation": ("    Base legal: {citation}", "    Legal basis: {citation}"),
    "diff_cases": (
        "Casos que se deciden de otro modo: {turned} de {count}",
        "Cases that are decided otherwise: {turned} of {count}",
    ),
    "diff_decided": ("      {what}: antes {old}; después {new}", "      {what}: before {old}; after {new}"),
    # explain
    "PASSED": ("cumplida", "passed"),
    "FAILED": ("NO CUMPLIDA", "FAILED"),
    "OPEN": ("PENDIENTE", "OPEN"),
    "APPLIED": ("aplicada", "applied"),
    "NOT_APPLICABLE": ("no aplicable", "not applicable"),
    "NOT_IN_FORCE": ("no vigente", "not in force"),
    "state": ("Estado", "State"),
    "rule": ("Norma", "Rule"),
    "says": ("Qué pasó", "What became of it"),
    "basis": ("Base legal", "Legal basis"),
    "evidence": ("Datos", "Evidence"),
    "explain_by": ("Al {legal_date}, según {rule_set}", "On {legal_date}, by {rule_set}"),
    "explain_age": ("({days} d)", "({days} d)"),
    "explain_unconfirmed": (
        "* Ninguna fuente confirma estas cifras o esta norma.",
        "* No source confirms these figures or this rule.",
    ),
    "explain_more": (
        "Normas que no tocan este caso: {count} (--all las muestra).",
        "Rules that do not concern this case: {count} (--all shows them).",
    ),
    "explain_remedy": ("    Qué hacer: {remedy}", "    What to do: {remedy}"),
    "explain_where": ("    Dónde: {where}", "    Where: {where}"),
    "explain_appeal": ("Puede recurrir hasta el {until}.", "You can appeal until {until}."),
    "explain_appeal_at": ("Puede recurrir hasta el {until}: {where}.", "You can appeal until {until}: {where}."),
    "explain_same": (
        "Recalculada con los datos y las normas archivados: idéntica.",
        "Recomputed from the stored evidence and rules: identical.",
    ),
    "explain_other": (
        "ATENCIÓN: recalculada con los datos y las normas archivados, NO SALE LA DECISIÓN ARCHIVADA. "
        "Lo anterior explica la recalculada. Avise a quien opera el servicio.",
        "WARNING: recomputed from the stored evidence and rules, IT IS NOT THE DECISION THAT WAS RECORDED. "
        "What is above explains the recomputed one. Tell the operator of the service.",
    ),
}
