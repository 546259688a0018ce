"""The decision: what a rule set says of one enterprise on one legal day."""

from certsvc.core.decision.decide import decide

__all__ = ["decide"]
