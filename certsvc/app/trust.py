"""What this process signs with and decides by: its keys and its rules, read and proved at start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from certsvc.config import Settings
from certsvc.core import jose
from certsvc.core.errors import ConfigError, VerificationError
from certsvc.core.keylife import KeyRole
from certsvc.core.keys import read_key_set
from certsvc.core.rules import RuleBook
from certsvc.core.rules.scheme import Requirement
from certsvc.rulesets import load, load_folder
from certsvc.service.ports import Clock
from certsvc.service.trust_ports import Signer
from certsvc.service.trust_records import Trust
from certsvc.signing.file import FileSigner
from certsvc.signing.inline import Inline


class SigningKeys(NamedTuple):
    """What this process signs with, and the key set that says so. Fits `service.trust_ports.Keys`."""

    trust: Trust
    signers: Mapping[KeyRole, Signer]

    def signer(self, role: KeyRole, now: datetime) -> Signer:  # noqa: ARG002  it was in force at the start
        """The configured key of this role."""
        return self.signers[role]


def load_rules(settings: Settings) -> RuleBook:
    """The rules in force, past and future. Raises ConfigError."""
    folder = settings.service.rules
    return load(settings.service.jurisdiction) if folder is None else load_folder(folder)


def check_schemes(settings: Settings, rules: RuleBook, clock: Clock) -> None:
    """Raises ConfigError if the rules in force today or later require a scheme that no agency answers for.

    Every application would wait for it until it expires. An optional scheme needs no answer.
    """
    answered = {scheme for agency in settings.agencies for scheme in agency.schemes}
    today = rules.legal_date(clock.now())
    coming = [rule_set for rule_set in rules.sets if rule_set.until is None or rule_set.until > today]
    faults = [
        f"[[agencies]]: {rule_set.ref.partition('#')[0]} requires {rule.name}; add an agency that answers for it"
        for rule_set in coming
        for rule in rule_set.schemes
        if rule.name not in answered and rule.requirement is not Requirement.OPTIONAL
    ]
    if faults:
        raise ConfigError(faults)


def load_keys(settings: Settings, clock: Clock) -> SigningKeys:
    """The keys of the configuration, each proved to be in the key set in its role. Raises ConfigError."""
    now = int(clock.now().timestamp())
    token = settings.keys.key_set.read_text(encoding="ascii").strip()
    certificate, status = FileSigner.load(settings.keys.certificate), FileSigner.load(settings.keys.status)
    try:
        root = jose.read_json(settings.keys.root.read_bytes())
        key_set = read_key_set(token, root, jose.thumbprint(root), now)
        for kid, find in ((certificate.kid, key_set.certificate_key), (status.kid, key_set.status_key)):
            find(kid)
            key_set.check_in_force(kid, now)
        if key_set.issuer != settings.service.issuer:
            raise ConfigError([f"service.issuer: the key set is for {key_set.issuer}; write that, or sign another set"])
    except VerificationError as error:
        raise ConfigError([f"[keys]: the keys, the key set and the root do not fit: {error}"]) from error
    signers = {KeyRole.CERTIFICATE: Inline(certificate), KeyRole.STATUS: Inline(status)}
    return SigningKeys(Trust(root, token, key_set), signers)
