"""Notices: acts that change how long certificates hold."""

from __future__ import annotations

from certsvc.store.migrate import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the script of the same name."""
    run_script("0007_notices.sql")
