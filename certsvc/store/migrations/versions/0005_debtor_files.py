"""Debtor files that operators bring: their versions, and the rows of those that are kept."""

from __future__ import annotations

from certsvc.store.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the script of the same name."""
    run_script("0005_debtor_files.sql")
