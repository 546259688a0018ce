"""${message}"""

from __future__ import annotations

from certsvc.store.migrate import run_script

revision = "${up_revision}"
down_revision = "${down_revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the script of the same name."""
    run_script("${up_revision}_NAME.sql")
