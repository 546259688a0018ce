"""The tables of PgQueuer, as the installed release makes them; `migrate` upgrades them with later releases."""

from __future__ import annotations

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from certsvc.store.jobs import SETTINGS
from certsvc.store.migrate import run_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs PgQueuer's own script."""
    run_sql(QueryBuilderEnvironment(SETTINGS).build_install_query())
