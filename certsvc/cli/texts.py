"""What the commands say, in Spanish and in English."""

TEXTS: dict[str, tuple[str, str]] = {
    # failures
    "reason": ("Motivo: {reason}", "Reason: {reason}"),
    "retry_after": ("Reintente dentro de {seconds} s.", "Try again in {seconds} s."),
    "unreachable": (
        "No hay respuesta en {address}. ¿Está en marcha el servicio (certsvc serve)?",
        "No answer at {address}. Is the service running (certsvc serve)?",
    ),
    "deadline": (
        "Sin respuesta en {seconds} s; no se sabe si se hizo. Repita con el mismo --request-id.",
        "No answer within {seconds} s; whether it was done is unknown. Repeat it with the same --request-id.",
    ),
    # columns and labels
    "serial": ("Certificado", "Certificate"),
    "application": ("Solicitud", "Application"),
    "request_id": ("Id de la petición", "Request id"),
    "identifier": ("Identificación", "Identifier"),
    "enterprise": ("Empresa", "Enterprise"),
    "kind": ("Clase", "Kind"),
    "size": ("Tamaño", "Size"),
    "status": ("Estado", "Status"),
    "state": ("Estado", "State"),
    "issued": ("Emitido", "Issued"),
    "expires": ("Vence", "Expires"),
    "list": ("Lista", "List"),
    "version": ("Versión", "Version"),
    "published": ("Publicada", "Published"),
    "agency": ("Institución", "Agency"),
    "legal_date": ("Fecha legal", "Legal date"),
    "rule_set": ("Normas", "Rule set"),
    "next_attempt": ("Próximo intento", "Next attempt"),
    "reason_label": ("Motivo", "Reason"),
    "comment": ("Comentario", "Comment"),
    # init
    "init_written": ("Configuración y claves en {directory}", "Configuration and keys are in {directory}"),
    "init_thumbprint": (
        "Huella de la raíz, que fijan los verificadores: {thumbprint}",
        "Thumbprint of the root, which verifiers pin: {thumbprint}",
    ),
    "init_development": (
        "Son claves de desarrollo: el perfil de producción las rechaza.",
        "These are development keys: the production profile refuses them.",
    ),
    "init_next": ("Ahora, cada uno en su terminal:", "Next, each in a terminal of its own:"),
    # apply, get
    "facts": ("Datos", "Facts"),
    "effect": ("  + Abre: {name}, al {date}", "  + Opens: {name}, as of {date}"),
    "unchecked": ("  ? Sin comprobar: {scheme} ({agency})", "  ? Not checked: {scheme} ({agency})"),
    "since": ("    Desde: {date}", "    Since: {date}"),
    "remedy": ("    Qué hacer: {remedy}", "    What to do: {remedy}"),
    "citation": ("    Base legal: {citation}", "    Legal basis: {citation}"),
    "token_written": ("Certificado guardado en {path}", "Certificate written to {path}"),
    "still_waiting": (
        "La solicitud sigue pendiente: certsvc get {name}",
        "The application is still pending: certsvc get {name}",
    ),
    # list
    "none": ("Ninguno.", "None."),
    "more": ("Hay más: --page-token {token}", "There are more: --page-token {token}"),
    # revoke
    "will_revoke": ("Se revocará para siempre:", "This will be revoked for good:"),
    "not_seen": (
        "(no se pueden mostrar los datos: {why})",
        "(its data cannot be shown: {why})",
    ),
    "confirm": ("¿Revocar?", "Revoke?"),
    "needs_yes": (
        "Sin terminal no hay a quién preguntar: agregue --yes.",
        "There is no terminal to ask: add --yes.",
    ),
    "revoked_published": (
        "Revocado. Publicado en la versión {version} de {list}.",
        "Revoked. Published in version {version} of {list}.",
    ),
    "revoked_unpublished": (
        "Revocado y registrado, pero AÚN NO PUBLICADO: los verificadores todavía lo dan por válido. "
        "El servicio sigue intentando; vea certsvc status, o use --wait.",
        "Revoked and recorded, but NOT YET PUBLISHED: verifiers still accept it. "
        "The service keeps trying; see certsvc status, or use --wait.",
    ),
    "waiting_for_list": ("Esperando que {where} lo muestre ...", "Waiting until {where} shows it ..."),
    "seen_in_list": (
        "{where} lo muestra en la versión {version}.",
        "{where} shows it in version {version}.",
    ),
    "not_seen_in_list": (
        "Registrado, pero {where} no lo mostró en {seconds} s.",
        "Recorded, but {where} did not show it within {seconds} s.",
    ),
    # status
    "service": ("certsvc {version}, normas {rule_set}", "certsvc {version}, rules {rule_set}"),
    "pending_total": (
        "Solicitudes pendientes: {count}; la más antigua espera hace {age}.",
        "Pending applications: {count}; the oldest has waited for {age}.",
    ),
    "pending_zero": ("Ninguna solicitud pendiente.", "No pending application."),
    "no_lists": ("Ninguna lista publicada.", "No list is published."),
}
