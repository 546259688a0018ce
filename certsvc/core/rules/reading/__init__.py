"""How a rule file becomes a rule set: strict, with every fault at its line."""
