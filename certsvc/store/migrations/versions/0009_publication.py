"""What publishers agree on."""

from __future__ import annotations

from certsvc.store.migrate import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the script of the same name."""
    run_script("0009_publication.sql")
