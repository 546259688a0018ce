"""Case tables: situations, days, and what the rules must say of them."""
