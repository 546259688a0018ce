"""Whether all answers are on one enterprise, by the names that are held of it (step 3).

Every name counts, whoever holds it and however old it is: a rule on sources does not hide a contradiction.
"""

from __future__ import annotations

from certsvc.core.decision.reasons import of_agency
from certsvc.core.model import DECLARED, Enterprise, Evidence, FactName, Reason
from certsvc.core.names import fold_name
from certsvc.core.rules.codes import RuleCode
from certsvc.core.rules.model import RuleSet


def two_names(enterprise: Enterprise, evidence: Evidence, rule_set: RuleSet) -> tuple[Reason, ...]:
    """The reasons if not all names are the same, by agency: those that differ from the declared name; all, without one.

    Two agencies that contradict each other do so whether the caller declares a name or not.
    """
    names = [(f.source, str(f.value)) for f in evidence.facts if f.name is FactName.NAME and f.value]
    held = {name for source, name in names if source != DECLARED}
    declared = {name for source, name in names if source == DECLARED}
    if enterprise.name:
        declared.add(enterprise.name)
    if not held or len(held | declared) == 1:
        return ()  # nothing to compare, or nothing to fold
    suffixes = rule_set.names.suffixes
    folded = {name: fold_name(name, suffixes) for name in held | declared}
    if declared:
        # Two different declared names cannot both be the one that an agency holds.
        wanted, code = {folded[name] for name in declared}, RuleCode.NAME_MISMATCH
    else:
        wanted, code = {folded[name] for name in held}, RuleCode.AGENCIES_DISAGREE_ON_NAME
    differing = {name for name in held if {folded[name]} != wanted}
    agencies = sorted({source for source, name in names if source != DECLARED and name in differing})
    return tuple(of_agency(rule_set.reasons[code.value], agency) for agency in agencies)
