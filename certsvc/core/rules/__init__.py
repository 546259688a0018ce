"""Dated rules: the law as data, one rule set for each day."""

from certsvc.core.rules.book import RuleBook
from certsvc.core.rules.model import RuleSet
from certsvc.core.rules.reading.parse import parse_rule_set

__all__ = ["RuleBook", "RuleSet", "parse_rule_set"]
