"""What the optional columns of a step's rows say of guardians, houses and needs."""

import json

from zd_kernel.data.session import WriteSession
from zd_kernel.keyring import KeyRing
from zd_registry.children.actions import today
from zd_registry.households import queries
from zd_registry.households.telling import Told, take_told
from zd_registry.imports.models import FileImport
from zd_registry.intake.securing import DETAILS_PURPOSE

# A partner's file says by naming somebody that they need something.
_BY_NAMING = ("social", "health", "disability")
_SAID = """
SELECT new_id, child_id, coalesce(known_area, area, 0) AS area, details ->> 'sealed' AS sealed FROM incoming
WHERE child_id IS NOT NULL AND outcome NOT IN ('rejected', 'unlinked') AND (details IS NOT NULL OR $1::boolean)
"""
_MOVED = "(SELECT child_id, area FROM incoming WHERE outcome = 'corrected' AND area <> known_area)"


async def apply_details(session: WriteSession, file: FileImport, keyring: KeyRing) -> None:
    """Guardians, houses and needs of the children whom `incoming` names."""
    connection = await session.driver()
    told = [
        Told(row["child_id"], row["area"], _opened(keyring, row["sealed"], str(row["new_id"])))
        for row in await connection.fetch(_SAID, file.kind in _BY_NAMING)
    ]
    if told:
        await take_told(session, keyring, told, feed_kind=file.kind, source=file.agency, import_id=file.id)


def _opened(keyring: KeyRing, sealed: str | None, bound_to: str) -> dict[str, str]:
    if sealed is None:
        return {}
    said: dict[str, str] = json.loads(keyring.decrypt(DETAILS_PURPOSE, sealed, bound_to))
    return said


async def change_residences(session: WriteSession, file: FileImport) -> None:
    """Whom `incoming` moved lives elsewhere from the file's day on."""
    connection = await session.driver()
    await connection.execute(queries.MOVE.format(moved=_MOVED), today(session), file.id)
