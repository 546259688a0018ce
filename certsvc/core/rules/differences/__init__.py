"""What changes between two rule sets, in words."""
