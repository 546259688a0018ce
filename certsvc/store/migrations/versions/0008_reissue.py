"""Salvage lists and reissues."""

from __future__ import annotations

from certsvc.store.migrate import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the script of the same name."""
    run_script("0008_reissue.sql")
