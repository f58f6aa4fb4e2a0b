"""What follows a correction and takes libraries that the API does not load."""

from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.jobs.queue import enqueue
from zd_kernel.jobs.table import DONE, JobRow, StepResult
from zd_kernel.keyring import KeyRing
from zd_registry.linkage.actions import close_reviews_of
from zd_registry.privacy import queries
from zd_registry.search.actions import note_names
from zd_registry.settings import RegistrySettings
from zd_registry.values.phonetics import lk82, udom83

_CORRECTED = """
CREATE TEMP TABLE corrected_child ON COMMIT DROP AS SELECT ''::text AS given_key, ''::text AS family_key LIMIT 0
"""
_NAMED = "INSERT INTO corrected_child VALUES ($1, $2)"


async def follow_correction(session: WriteSession, job: JobRow, *, settings: RegistrySettings) -> StepResult:
    """The sounds of the names, the names to search by, and reviews that the present identifiers decide."""
    child_id = UUID(job.args["child_id"])
    connection = await session.driver()
    names = await connection.fetchrow(queries.NAMES, child_id)
    if names is None:
        return DONE
    session.audit_subjects(child_id)
    given, family = names["given_key"], names["family_key"]
    sounds = lk82(given), udom83(given), lk82(family), udom83(family)
    await connection.execute(queries.SOUNDS, child_id, *sounds)
    await connection.execute(_CORRECTED)
    await connection.execute(_NAMED, given, family)
    if await note_names(session, "corrected_child"):
        await enqueue(session, "names", {})
    await close_reviews_of(session, KeyRing.from_settings(settings), [child_id])
    return DONE
