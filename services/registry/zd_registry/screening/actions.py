import json
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
from sqlmodel import col, delete, select

from zd_contracts.events.registry import ScreeningRecorded
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, Forbidden, Invalid, NotFound
from zd_kernel.scope import tambon_of
from zd_registry.children.models import Child
from zd_registry.consents.actions import standing_of
from zd_registry.households.actions import held_child, visible_child
from zd_registry.instruments.actions import Held, fields_of, instrument_on, instrument_version
from zd_registry.instruments.roles import roles_on
from zd_registry.instruments.rules import Answer, Fault, Outcome, answer_faults, scored
from zd_registry.instruments.rules import Child as Screened
from zd_registry.screening import queries
from zd_registry.screening.models import Screening, ScreeningFollowUp
from zd_registry.screening.rules import age_on, due_on, may_screen, open_parties, state_of
from zd_registry.screening.schemas import (
    NewScreening,
    ScreeningCorrection,
    ScreeningDetail,
    ScreeningInfo,
)

ANSWERS: Final = "screening_answers"  # the key ring's purpose


class By(NamedTuple):
    """Who screens."""

    subject: str
    agency: str
    roles: frozenset[str]


async def screen(
    session: WriteSession, keyring: KeyRing, child_id: UUID, new: NewScreening, by: By, *, school: str | None = None,
    known: Held | None = None,
) -> Screening:  # fmt: skip
    """`school` is one of those that list the child; `known`: the instrument on that day, of who has read it. Raises
    NotFound, Forbidden for whom the instrument does not name, Conflict without consent or for a second result of the
    same day, Invalid with what is wrong item by item."""
    child = await held_child(session, child_id)
    held = known or await instrument_on(session, new.instrument, new.screened_date)
    await check_role(session, held, by.roles)
    await _check_consent(session, child, held, new.screened_date)
    outcome = _outcome(session, child, held, new.screened_date, new.answers)
    await _check_day(session, child_id, new.instrument, new.screened_date)
    enrolled = await (await session.driver()).fetchrow(queries.ENROLLED, child_id, school)
    row = Screening(
        child_id=child_id, area=child.area, instrument=new.instrument, version=held.row["version"],
        kind=held.row["kind"], screened_date=new.screened_date, answers_encrypted="", band=outcome.band.code,
        positive=outcome.band.positive, recorded_by=by.subject, agency=by.agency, recorded_at=session.clock.now(),
        **(dict(enrolled) if enrolled else {}),
    )  # fmt: skip
    await _store(session, keyring, row, new.answers, outcome, done=())
    emit(
        session,
        ScreeningRecorded(child_id=child_id, tambon=tambon_of(child.area), screened_date=new.screened_date),
    )
    return row


async def correct_screening(
    session: WriteSession, keyring: KeyRing, child_id: UUID, screening_id: UUID, wanted: ScreeningCorrection,
    by: By,
) -> Screening:  # fmt: skip
    """By the version that was used. Consent is not asked anew: what is kept has to be right (PDPA, section 35)."""
    child = await held_child(session, child_id)
    before = await _standing_screening(session, child_id, screening_id)
    held = await instrument_version(session, before.instrument, before.version)
    await check_role(session, held, by.roles)
    if wanted.screened_date != before.screened_date:
        await _check_day(session, child_id, before.instrument, wanted.screened_date)
    outcome = _outcome(session, child, held, wanted.screened_date, wanted.answers)
    row = Screening(
        **before.model_dump(include={"child_id", "organisation", "organisation_position", "instrument", "version",
            "kind", "helped_date"}),
        area=child.area, screened_date=wanted.screened_date, answers_encrypted="", band=outcome.band.code,
        positive=outcome.band.positive, recorded_by=by.subject, agency=by.agency, recorded_at=session.clock.now(),
        corrects=before.id,
    )  # fmt: skip
    _replace(session, before, wanted.reason, by)
    # What nobody has done yet follows from the new result; what was done stays done.
    await _drop_open(session, before.id)
    own = select(ScreeningFollowUp).where(col(ScreeningFollowUp.screening_id) == before.id)
    done = (await session.exec(own)).all()
    await _store(session, keyring, row, wanted.answers, outcome, done=[each.party for each in done])
    for each in done:
        each.screening_id = row.id
    return row


async def withdraw_screening(session: WriteSession, child_id: UUID, screening_id: UUID, reason: str, by: By) -> None:
    """It stays in the history, and nothing follows from it any more."""
    await held_child(session, child_id)
    before = await _standing_screening(session, child_id, screening_id)
    await check_role(session, await instrument_version(session, before.instrument, before.version), by.roles)
    _replace(session, before, reason, by)
    await _drop_open(session, before.id)


async def screenings_of(
    session: ReadSession, child_id: UUID, roles: Collection[str], today: date, *, history: bool
) -> list[ScreeningInfo]:
    await visible_child(session, child_id)
    rows = await session.fetch(queries.OF_CHILD, child_id, list(roles), history)
    follow_ups = await session.fetch(queries.FOLLOW_UPS, [row["id"] for row in rows])
    return [ScreeningInfo.model_validate(_with_follow_ups(row, follow_ups, today)) for row in rows]


async def read_screening(
    session: ReadSession, keyring: KeyRing, child_id: UUID, screening_id: UUID, today: date
) -> ScreeningDetail:
    await visible_child(session, child_id)
    row = await session.fetchrow(queries.ONE, child_id, screening_id)
    if row is None:
        raise NotFound.of("screening", "ผลการคัดกรอง")
    sealed = json.loads(keyring.decrypt(ANSWERS, row["answers_encrypted"], str(row["id"])))
    follow_ups = await session.fetch(queries.FOLLOW_UPS, [row["id"]])
    return ScreeningDetail.model_validate(_with_follow_ups(row, follow_ups, today) | sealed)


async def _standing_screening(session: WriteSession, child_id: UUID, screening_id: UUID) -> Screening:
    found = await session.get(Screening, screening_id, with_for_update=True)
    if found is None or found.child_id != child_id:
        raise NotFound.of("screening", "ผลการคัดกรอง")
    if found.replaced_at is not None:
        raise Conflict(
            "screening_replaced",
            "ผลนี้ถูกแก้ไขหรือยกเลิกไปแล้ว โปรดแก้ไขผลล่าสุด",
            "This result was corrected or withdrawn already. Correct the latest one.",
        )
    return found


async def _check_day(session: WriteSession, child_id: UUID, instrument: str, day: date) -> None:
    if await (await session.driver()).fetchrow(queries.SAME_DAY, child_id, instrument, day) is not None:
        raise Conflict(
            "screened_that_day",
            "เด็กคนนี้มีผลของเครื่องมือนี้ในวันนั้นแล้ว หากบันทึกผิดโปรดแก้ไขผลเดิม",
            "The child has a result of this instrument on that day. If it is wrong, correct it.",
        )


async def check_role(session: WriteSession, held: Held, roles: Collection[str]) -> None:
    """Raises Forbidden for whom the instrument does not name."""
    if not may_screen(roles, held.row["screeners"]):
        named = await roles_on(session, held.row["screeners"], held.row["valid_from"])
        th, en = (", ".join(row[name] for row in named) for name in ("name_th", "name_en"))
        raise Forbidden(
            "screener_not_named",
            f"ผู้ที่ใช้เครื่องมือนี้ได้คือ {th} โปรดให้ผู้นั้นเป็นผู้คัดกรอง",
            f"This instrument is for: {en}. Ask one of them to screen.",
        )


async def _check_consent(session: WriteSession, child: Child, held: Held, day: date) -> None:
    if not held.row["consent_needed"]:
        return
    standing = await standing_of(session, child, held.row["purpose"], day)
    if standing.refused:
        refused = ", ".join(standing.refused)
        raise Conflict(
            "consent_refused",
            f"{refused} ไม่ยินยอมสำหรับ {standing.purpose} จึงคัดกรองไม่ได้ หากเปลี่ยนใจให้บันทึกความยินยอมใหม่",
            f"{refused} said no to {standing.purpose}: do not screen. If they change their mind, record it.",
        )
    if not standing.allowed:
        lacking = ", ".join(standing.lacking)
        raise Conflict(
            "consent_missing",
            f"ยังไม่มีความยินยอมสำหรับ {standing.purpose} จาก {lacking} โปรดขอและบันทึกความยินยอมก่อนคัดกรอง",
            f"For {standing.purpose} the consent of {lacking} is missing. Ask for it and record it before screening.",
        )


def check_past(session: WriteSession, day: date) -> None:
    """Raises Invalid for a day to come."""
    if day > bangkok_date(session.clock.now()):
        raise Invalid("day_to_come", "วันที่ยังมาไม่ถึง โปรดตรวจสอบ", "This day is still to come. Correct the date.")


def _outcome(session: WriteSession, child: Child, held: Held, day: date, answers: dict[str, Answer]) -> Outcome:
    check_past(session, day)
    age = age_on(child.birth_date, child.birth_precision, day)
    if age.months is not None and not held.row["from_months"] <= age.months < held.row["below_months"]:
        raise Invalid(
            "age_outside",
            f"เครื่องมือนี้ใช้กับอายุ {held.row['from_months']} ถึง {held.row['below_months'] - 1} เดือน",
            f"This instrument is for {held.row['from_months']} to {held.row['below_months'] - 1} months of age.",
        )
    faults = answer_faults(held.definition.items, answers)
    found = faults or scored(held.definition, held.growth, answers, Screened(child.sex, age.days, age.months))
    if isinstance(found, Outcome):
        return found
    raise _wrong_answers(found)


def _wrong_answers(faults: Iterable[Fault]) -> Invalid:
    return Invalid(
        "answers_wrong",
        "คำตอบบางข้อขาดหรือไม่ถูกต้อง โปรดแก้ไขตามรายการ",
        "Some answers are missing or wrong. Correct what is listed.",
        errors=fields_of(faults),
    )


def _replace(session: WriteSession, before: Screening, reason: str, by: By) -> None:
    before.replaced_by, before.replaced_at, before.reason = by.subject, session.clock.now(), reason


async def _drop_open(session: WriteSession, screening_id: UUID) -> None:
    waiting = (col(ScreeningFollowUp.screening_id) == screening_id, col(ScreeningFollowUp.done_date).is_(None))
    await session.exec(delete(ScreeningFollowUp).where(*waiting))


async def _store(
    session: WriteSession, keyring: KeyRing, row: Screening, answers: dict[str, Answer], outcome: Outcome,
    *, done: Collection[str],
) -> None:  # fmt: skip
    said = {"answers": answers, "scores": [score._asdict() for score in outcome.scores]}
    row.answers_encrypted = keyring.encrypt(ANSWERS, json.dumps(said, ensure_ascii=False), str(row.id))
    session.add(row)
    await session.flush()
    within: dict[str, int] = {each.party: each.within_days for each in outcome.band.follow_up}
    for party in open_parties(within, done):
        session.add(
            ScreeningFollowUp(
                screening_id=row.id, child_id=row.child_id, area=row.area, organisation=row.organisation,
                organisation_position=row.organisation_position, party=party,
                due_date=due_on(row.screened_date, within[party]),
            )
        )  # fmt: skip


def _with_follow_ups(row: asyncpg.Record, follow_ups: list[asyncpg.Record], today: date) -> dict[str, Any]:
    own = [
        {**each, "state": state_of(each["due_date"], each["done_date"], today)}
        for each in follow_ups
        if each["screening_id"] == row["id"]
    ]
    return {**row, "follow_ups": own}
