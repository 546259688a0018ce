"""What a DSN says of the way to the database, read as the driver reads it (libpq's connection URIs)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

_SAFE_MODES = frozenset({"require", "verify-ca", "verify-full"})


def has_password(dsn: str) -> bool:
    """True if a password stands in the DSN, or may: one that cannot be taken apart counts as well."""
    try:
        user, separator, _ = urlsplit(dsn).netloc.partition("@")
    except ValueError:
        return True
    return (bool(separator) and ":" in user) or bool({"password", "sslpassword"} & _query(dsn).keys())


def may_be_plain(dsn: str, environment: Mapping[str, str]) -> bool:
    """True if the password and the records could cross a network in plain text.

    Sockets and the loopback interface leave no machine. PGHOST, PGSSLMODE and PGSERVICE stand in for what the DSN
    leaves out; hosts from a service file are not looked up, and count as remote.
    """
    try:
        query, netloc = _query(dsn), urlsplit(dsn).netloc
    except ValueError:
        return True
    if query.get("sslmode", environment.get("PGSSLMODE", "")) in _SAFE_MODES:
        return False
    hosts = (netloc.partition("@")[2] if "@" in netloc else netloc) or query.get("host", "")
    if not hosts and ("service" in query or "PGSERVICE" in environment):
        return True
    hosts = hosts or environment.get("PGHOST", "")
    return not all(_is_local(host) for host in hosts.split(",") if host)


def _query(dsn: str) -> dict[str, str]:
    """The last value of each parameter, as the driver takes it: one without a value counts as left out."""
    return {key: values[-1] for key, values in parse_qs(urlsplit(dsn).query).items()}


def _is_local(host: str) -> bool:
    if host.startswith("/"):
        return True
    name = unquote(host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0])
    if name == "localhost" or name.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
