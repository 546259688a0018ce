"""Applications, certificates, status lists, audit leaves, rule sets."""

from __future__ import annotations

from certsvc.store.migrate import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the script of the same name."""
    run_script("0001_start.sql")
