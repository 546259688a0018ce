"""Which agencies have left a provisional certificate unanswered: whoever asks is to wait for them.

It is asked for only where another provisional certificate would be given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certsvc.core.model import Enterprise
from certsvc.service.agency_records import subject_of
from certsvc.store.connections import acquired
from certsvc.store.rows import decode_payload
from certsvc.store.statements import statement

if TYPE_CHECKING:
    from asyncpg.pool import Pool

_PROVISIONAL = statement("provisional_unreplaced")
_HEARD = statement("agencies_heard_of")


async def unanswered(pool: Pool, enterprise: Enterprise) -> frozenset[str]:
    """See certsvc.service.agency_ports.AgencyBook. Raises StoreUnavailable."""
    async with acquired(pool) as connection:
        rows = await _PROVISIONAL.rows(connection, identifiers=[str(i) for i in enterprise.identifiers])
        if not rows:
            return frozenset()
        # The agency has answered if it spoke of the numbers of the certificate, or of those that are asked about now.
        subjects = [(subject_of(decode_payload(row["payload"])[0]), subject_of(enterprise)) for row in rows]
        asked = list({subject for pair in subjects for subject in pair})
        heard = {
            (row["agency"], row["subject"]): row["checked_at"] for row in await _HEARD.rows(connection, subjects=asked)
        }
    return frozenset(
        agency
        for row, about in zip(rows, subjects, strict=True)
        for agency in row["agencies"]
        if not any((at := heard.get((agency, subject))) is not None and at > row["issued_at"] for subject in about)
    )
