"""Mutual TLS from files, read again when they change, so that rotating a certificate needs no restart."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import grpc
import structlog
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from certsvc.core.errors import ConfigError

log = structlog.get_logger("certsvc.server")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the server's certificate chain and key, and the authorities that sign client certificates."""

    certificate: Path
    key: Path
    client_authorities: Path


def server_credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """Credentials that demand a client certificate. Raises ConfigError if the files do not fit together now."""
    try:
        first = _Source(files)
    except (OSError, ValueError) as error:
        raise ConfigError([f"TLS files cannot be used: {error}"]) from error
    return grpc.dynamic_ssl_server_credentials(
        first.current,
        first.fetch,  # type: ignore[arg-type]  # None means no change; the stubs leave it out
        require_client_authentication=True,
    )


class _Source:
    """What was read last, and from which state of the files."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._seen = self._state()
        self.current = _read(files)

    def fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """What new handshakes use from now on, None for no change. gRPC calls this for each, from its own threads.

        Only a change may answer with a configuration: gRPC replaces its handshaker for each one, without a lock
        against handshakes that begin on other threads, and frees what they are using (grpc/grpc#22489).
        """
        with self._lock:
            try:
                state = self._state()
                if state == self._seen:
                    return None
                # Seen between the writing of two files, certificate and key do not fit: keep the old pair and
                # look again at the next handshake, since `_seen` moves only after a pair that fits.
                self.current = _read(self._files)
                self._seen = state
            except (OSError, ValueError) as error:
                log.error("tls_files_kept", error=type(error).__name__)
                return None
            log.info("tls_files_read_again")
            return self.current

    def _state(self) -> tuple[tuple[int, int, int], ...]:
        paths = (self._files.certificate, self._files.key, self._files.client_authorities)
        return tuple((found.st_mtime_ns, found.st_size, found.st_ino) for found in (path.stat() for path in paths))


def _read(files: TlsFiles) -> grpc.ServerCertificateConfiguration:
    """The files' contents. Raises OSError, or ValueError if the key is not the certificate's."""
    chain, key = files.certificate.read_bytes(), files.key.read_bytes()
    authorities = files.client_authorities.read_bytes()
    load_pem_x509_certificate(authorities)
    if load_pem_x509_certificate(chain).public_key() != load_pem_private_key(key, None).public_key():
        raise ValueError("the private key does not belong to the certificate")
    return grpc.ssl_server_certificate_configuration([(key, chain)], authorities)
