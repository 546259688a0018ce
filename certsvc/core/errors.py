"""One error root, split by who must act: the caller, the operator, or the holder of a bad token.

Business outcomes (a refusal, a delay) are values, never errors. Texts here are for
the log and the operator; what a remote client sees is fixed in `certsvc.server`.
"""


class CertsvcError(Exception):
    """Root of every error that certsvc raises on purpose."""


class InvalidRequest(CertsvcError):
    """The caller sent something that can never be accepted as it is.

    `field` is the path of the offending field in the API, `why` says what to write instead.
    `violations` holds this pair first, then any others of the same request.
    """

    def __init__(self, field: str, why: str, *others: tuple[str, str]) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why
        self.violations = ((field, why), *others)


class RequestIdReused(CertsvcError):
    """A request id came again with another payload (AIP-155)."""


class AgencyUnknown(CertsvcError):
    """A caller reports as an agency that this service has no entry for; the operator must configure it first."""


class StreamTaken(CertsvcError):
    """Another process follows the agency's stream by now; nothing was recorded."""


class NotFound(CertsvcError):
    """The named resource does not exist, or the caller may not know that it does."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Overloaded(CertsvcError):
    """More work is waiting than can be done in time; nothing was begun. Retry later."""


class StoreUnavailable(CertsvcError):
    """The database did not confirm; whether it recorded is unknown until asked again. Retry with the same id."""


class StoreRejected(CertsvcError):
    """The database refused a record that breaks one of its rules; nothing of it was recorded, now or if repeated."""


class SigningFailed(CertsvcError):
    """The signer gave no signature, or one that our own verifier rejects. Nothing was recorded as issued."""


class PublicationFailed(CertsvcError):
    """What should be public could not be written, or read back differently."""


class ConfigError(CertsvcError):
    """The configuration or a rule file has faults; all of them are listed, each with what to write instead."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class NoRuleSet(CertsvcError):
    """No rules cover the legal date, so nothing can be decided for it; the operator must load some."""


class RulesNotKept(CertsvcError):
    """The text of the rules that a recorded decision names is not in the store; the operator must restore it."""


class MalformedRecord(CertsvcError):
    """Stored evidence or a stored decision is not what was once written; the operator must compare with a backup."""


class VerificationError(CertsvcError):
    """A token, key set, status list or bundle was rejected. `reason` is stable, for programs.

    The only error that leaves the verifier and the decoders below it.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class StaleTrust(VerificationError):
    """The token may be good, but what is needed to tell is missing or out of date: the verdict is UNKNOWN."""
