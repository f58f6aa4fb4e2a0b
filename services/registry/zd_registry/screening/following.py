"""Who is still to be screened, what follows from results and is due, and what came of it."""

from collections.abc import Collection
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.http.etags import check_version
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import NotFound
from zd_kernel.scope import Range
from zd_registry.consents.actions import purpose_in_force
from zd_registry.instruments.actions import Held, instrument_on
from zd_registry.organisations.queries import patterns
from zd_registry.organisations.rules import school_year
from zd_registry.screening import queries
from zd_registry.screening.actions import check_past, check_role
from zd_registry.screening.models import Screening, ScreeningFollowUp
from zd_registry.screening.rules import births_of_ages, state_of
from zd_registry.screening.schemas import FollowUpDone, FollowUpDue, Outstanding

FOLLOW_UP_NOTE: Final = "screening_note"  # the key ring's purpose


class Wanted(NamedTuple):
    """Which follow-ups. Without `within` and `organisation`, all that the caller reaches."""

    within: Range | None
    organisation: Range | None
    state: str
    party: str | None
    kind: str | None


async def follow_ups_due(
    session: ReadSession, wanted: Wanted, roles: Collection[str], after: tuple[date, UUID], limit: int, today: date
) -> list[FollowUpDue]:
    """The earliest first."""
    statement, args = queries.follow_ups(list(roles), after, limit, session.scope, today=today, **wanted._asdict())
    rows = await session.fetch(statement, *args)
    session.audit_subjects(*(row["child_id"] for row in rows))
    return [FollowUpDue.model_validate(shown(dict(row), today)) for row in rows]


async def outstanding(
    session: WriteSession, instrument: str, year: int, reach: tuple[Range | None, Range | None],
    roles: Collection[str], *, refused: bool, after: UUID, limit: int,
) -> list[Outstanding]:  # fmt: skip
    """Pupils of the year and of the instrument's ages who have no result of it then: whose family said no, or the
    others. Raises Invalid, Forbidden."""
    period = school_year(year, await patterns(session))
    day = min(period.end, bangkok_date(session.clock.now()))
    held = await instrument_on(session, instrument, day)
    await check_role(session, held, roles)
    births = births_of_ages(held.row["from_months"], held.row["below_months"], day)
    args = [f"{year}/1", f"{year}/3", *births, instrument, period.start, period.end, after, limit]
    within, organisation = reach
    consent = await _consent(session, held, day)
    if refused and consent is None:
        return []
    statement, args = queries.outstanding(
        args, session.scope, within=within, organisation=organisation, consent=consent, refused=refused
    )
    rows = await (await session.driver()).fetch(statement, *args)
    session.audit_subjects(*(row["child_id"] for row in rows))
    return [Outstanding.model_validate(dict(row)) for row in rows]


async def _consent(session: WriteSession, held: Held, day: date) -> tuple[str, date, bool] | None:
    """Purpose, day and whether a minor may agree alone; None where the instrument needs no consent."""
    if not held.row["consent_needed"]:
        return None
    purpose = await purpose_in_force(session, held.row["purpose"], day)
    return purpose.code, day, purpose.alone


async def do_follow_up(
    session: WriteSession, keyring: KeyRing, follow_up_id: UUID, done: FollowUpDone, roles: Collection[str],
    *, if_match: str,
) -> ScreeningFollowUp:  # fmt: skip
    """Raises NotFound, PreconditionFailed, and Invalid for a day to come."""
    found = await session.get(ScreeningFollowUp, follow_up_id, with_for_update=True)
    screening = await session.get(Screening, found.screening_id, with_for_update=True) if found else None
    if found is None or screening is None or not await _reads(session, screening.id, roles):
        raise NotFound.of("follow up", "รายการติดตาม")
    session.audit_subjects(found.child_id)
    check_version(if_match, found.version)
    check_past(session, done.done_date)
    found.outcome, found.done_date, found.done_by = done.outcome, done.done_date, session.scope.name
    found.note_encrypted = keyring.encrypt(FOLLOW_UP_NOTE, done.note, str(found.id)) if done.note else None
    found.version += 1
    await session.flush()
    screening.helped_date = await (await session.driver()).fetchval(queries.HELPED, screening.id)
    return found


async def _reads(session: WriteSession, screening_id: UUID, roles: Collection[str]) -> bool:
    return await (await session.driver()).fetchval(queries.READS, list(roles), screening_id) is not None


def shown(row: dict[str, Any], today: date) -> dict[str, Any]:
    return row | {"state": state_of(row["due_date"], row["done_date"], today)}
