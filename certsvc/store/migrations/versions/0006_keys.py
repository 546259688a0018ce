"""Signing keys, key sets and who moved them."""

from __future__ import annotations

from certsvc.store.migrate import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the script of the same name."""
    run_script("0006_keys.sql")
