"""What agencies said and reported, and what holds them back; leases of applications; follow-ups of certificates."""

from __future__ import annotations

from certsvc.store.migrate import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the script of the same name."""
    run_script("0004_agencies.sql")
