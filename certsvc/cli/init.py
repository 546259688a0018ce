"""`certsvc init`: a folder from which the service can run, with development keys."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import click

from certsvc.cli.client import CALLERS
from certsvc.cli.output import Output, output_options
from certsvc.core.errors import ConfigError

SANDBOX_PORT = 7090

# The enterprise of the shipped scenario that owes nothing to anybody.
_FACTS = ("head_count=3", "net_sales=42000000", "total_assets=18000000", "sector=commerce")
_EXAMPLE = "--kind cr.cedula_juridica --id 3-101-999901 " + " ".join(f"--fact {fact}" for fact in _FACTS)


class Agencies(NamedTuple):
    """Where the sandbox's agencies are: HTTP addresses, and gRPC targets for `ccss` and `ins`."""

    hacienda: str
    ccss: str
    fodesaf: str
    ins: str


@click.command("init")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--issuer", help="The base of every public address.  [default: where the site listens]")
@click.option("--listen", default="127.0.0.1:7443", show_default=True, help="HOST:PORT of the service.")
@click.option("--site-listen", default="127.0.0.1:7080", show_default=True, help="HOST:PORT of the public site.")
@click.option("--trust-domain", default="certsvc.localhost", show_default=True, help="Domain of client identities.")
@click.option(
    "--sandbox-agencies",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The ready file of a running sandbox, to take its addresses from.",
)
@output_options
def command(
    directory: Path,
    issuer: str | None,
    listen: str,
    site_listen: str,
    trust_domain: str,
    sandbox_agencies: Path | None,
    output: Output,
) -> None:
    """Write a configuration with development keys into a new folder.

    Makes a root, a certificate key and a status key, a development CA, and client certificates for a
    programme, two operators and an auditor. The production profile refuses all of them.
    """
    from certsvc.cli import folder

    if not folder.complete(directory):
        if issuer is None:
            issuer = _issuer_of(site_listen)
        agencies = _agencies(sandbox_agencies)
        text = _configuration(listen, issuer, site_listen, trust_domain, agencies)
        folder.fill(directory, _files(issuer, listen, trust_domain, text))
    _report(directory, output, own_sandbox=sandbox_agencies is not None)


def _issuer_of(site_listen: str) -> str:
    parts = urlsplit(f"//{site_listen}")
    if not parts.port:
        raise click.UsageError("With a site on port 0, its address cannot be known before: give --issuer.")
    return f"http://{site_listen}"


def _agencies(ready_file: Path | None) -> Agencies:
    if ready_file is None:
        from certsvc.agencies.sandbox.http import FODESAF_PATH, HACIENDA_PATH

        base, ccss, ins = (f"127.0.0.1:{SANDBOX_PORT + place}" for place in range(3))
        return Agencies(f"http://{base}{HACIENDA_PATH}", ccss, f"http://{base}{FODESAF_PATH}", ins)
    try:
        addresses = json.loads(ready_file.read_bytes())
        return Agencies(*(str(addresses[name]) for name in Agencies._fields))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError([f"{ready_file}: is not what certsvc sandbox --ready-file writes"]) from error


def _configuration(listen: str, issuer: str, site_listen: str, trust_domain: str, agencies: Agencies) -> str:
    from importlib.resources import files
    from string import Template

    template = Template((files("certsvc.cli") / "template.toml").read_text("utf-8"))
    values = {"listen": listen, "issuer": issuer, "site_listen": site_listen, "trust_domain": trust_domain}
    for value in (*values.values(), *agencies):
        if any(c in value for c in '"\\') or not value.isprintable():
            raise click.UsageError(f"{value!r} cannot stand in the configuration.")
    return template.substitute(values, **agencies._asdict())


def _files(issuer: str, listen: str, trust_domain: str, text: str) -> dict[str, bytes]:
    """Every file of the folder; the configuration last, since it makes the folder usable."""
    from certsvc.cli.development import Authority, signing_files

    now = datetime.now(UTC)
    authority = Authority(now)
    host = urlsplit(f"//{listen}").hostname or "localhost"
    hosts = dict.fromkeys(["localhost", "127.0.0.1", "::1", host])
    files = authority.files() | authority.server(list(hosts))
    for caller, identity in CALLERS.items():
        files |= authority.client(caller, f"spiffe://{trust_domain}/{identity}")
    return files | signing_files(issuer, now).by_path | {"certsvc.toml": text.encode()}


def _report(directory: Path, output: Output, *, own_sandbox: bool) -> None:
    from certsvc.config import load
    from certsvc.core import jose

    # Read back as `serve` will read it: whoever sees the next commands can run them.
    settings = load(directory)
    thumbprint = jose.thumbprint(jose.read_json(settings.keys.root.read_bytes()))
    where = shlex.quote(str(directory))
    commands = [] if own_sandbox else [f"certsvc sandbox --port {SANDBOX_PORT}"]
    commands += [
        f"certsvc serve --config {where}",
        f"certsvc apply --config {where} {_EXAMPLE}",
        f"certsvc status --config {where}",
    ]
    output.data({"directory": str(directory), "root_thumbprint": thumbprint, "next": commands})
    output.say("init_written", directory=directory)
    output.say("init_thumbprint", thumbprint=thumbprint)
    output.say("init_development")
    output.say("init_next")
    for line in commands:
        output.line(f"  {line}")
