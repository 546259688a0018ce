"""What questions on the past need: applications by the numbers that they name, and refusals by their time."""

from __future__ import annotations

from certsvc.store.migrate import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the script of the same name."""
    run_script("0003_history.sql")
