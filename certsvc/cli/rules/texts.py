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
    "check_faults": ("{name}: {count} errores", "{name}: {count} faults"),
    "check_none": (
        "{name}: {versions} versiones sin errores; sin tabla de casos",
        "{name}: {versions} versions without faults; no case table",
    ),
    "check_passed": (
        "{name}: {versions} versiones sin errores; los {count} casos salen como se espera",
        "{name}: {versions} versions without faults; all {count} cases come out as expected",
    ),
    "check_failing": (
        "{name}: {failing} de {count} casos NO salen como se espera",
        "{name}: {failing} of {count} cases do NOT come out as expected",
    ),
    "check_difference": (
        "      {what}: se espera {expected}; se decide {decided}",
        "      {what}: expected {expected}; decided {decided}",
    ),
    "check_day": ("  sin caso el {day} ({what})", "  no case on {day} ({what})"),
    "check_reason": ("  ningún caso termina con: {what}", "  no case ends with: {what}"),
    "check_rule": ("  ningún caso llega a aplicar: {what}", "  no case brings these rules to bear: {what}"),
    "check_unconfirmed": ("  sin confirmar: {count} reglas", "  not confirmed: {count} rules"),
    "check_unconfirmed_more": (
        "  sin confirmar: {count} reglas (--verbose las muestra)",
        "  not confirmed: {count} rules (--verbose lists them)",
    ),
    # diff
    "diff_none": ("Nada cambia.", "Nothing changes."),
    "diff_citation": ("    Base legal: {citation}", "    Legal basis: {citation}"),
    "diff_cases": (
        "{turned} de los {count} casos se deciden de otro modo:",
        "{turned} of the {count} cases are decided otherwise:",
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
        "Otras {count} normas no tocan este caso (--all las muestra).",
        "{count} other rules do not concern this case (--all shows them).",
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
