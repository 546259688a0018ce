"""The decision: what a rule set says of one enterprise on one legal day, and how it comes to say so."""

from certsvc.core.decision.decide import decide
from certsvc.core.decision.explain import explain
from certsvc.core.decision.journal import Explanation, Step, StepState
from certsvc.core.decision.wording import appeal, headline, sentence

__all__ = ["Explanation", "Step", "StepState", "appeal", "decide", "explain", "headline", "sentence"]
