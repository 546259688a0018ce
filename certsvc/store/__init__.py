"""PostgreSQL: the one record of what was applied for, decided, issued and revoked."""
