"""Keys that were made for trying out, recognised wherever they turn up.

`certsvc init` leaves its mark where it cannot be lost by accident: inside what is signed. The key set
carries the claim `development`, under the root's signature; the authority's own name says it, and so
does the issuer of every certificate below it. A copied private key keeps the comment line of its file.
"""

from __future__ import annotations

from pathlib import Path

from certsvc.config.draft import Draft

KEY_COMMENT = b"Development key, made by certsvc init. Not for production.\n"
"""Stands before the PEM block, where PEM readers ignore it (RFC 7468, section 2)."""

AUTHORITY_NAME = "certsvc development CA"
"""The common name of the development authority."""

KEY_SET_CLAIM = "development"


def development_marks(parts: Draft) -> list[str]:
    """One fault for each configured key, key set or certificate that was made for development."""
    faults = []
    if parts.keys:
        for key, path in (("keys.certificate", parts.keys.certificate), ("keys.status", parts.keys.status)):
            if KEY_COMMENT.strip() in path.read_bytes():
                faults.append(f"{key}: is a development key, which production refuses; make one in your key ceremony")
        if _is_development_set(parts.keys.key_set):
            faults.append("keys.key_set: is a development key set, which production refuses; have your root sign one")
    if parts.tls:
        for key in ("certificate", "client_authorities"):
            if _is_development_certificate(getattr(parts.tls, key)):
                faults.append(f"tls.{key}: comes from the development CA, which production refuses; use your own CA")
    return faults


def _is_development_set(path: Path) -> bool:
    from certsvc.core import jose  # with its library, a third of the time that loading takes
    from certsvc.core.errors import VerificationError

    # Only a mark is looked for here; the signature is checked where the set is put to use.
    try:
        payload = jose.read_json(jose.b64url_decode(path.read_text().strip().split(".")[1]))
    except (VerificationError, IndexError, UnicodeDecodeError):
        return False
    return payload.get(KEY_SET_CLAIM) is True


def _is_development_certificate(path: Path) -> bool:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError:
        return False
    names = [n for c in certificates for n in c.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return any(n.value == AUTHORITY_NAME for n in names)
