"""A person corrects what the register says of a child (PDPA, sections 35 and 36)."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from zd_contracts.events.registry import ChildMoved
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.http.etags import check_version
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, Forbidden, NotFound
from zd_kernel.scope import tambon_of
from zd_registry.children.actions import take_turns, today
from zd_registry.children.incoming import FOLLOWERS
from zd_registry.children.models import Child, ChildIdentifier, LearningState
from zd_registry.children.rules import CITIZEN_ID
from zd_registry.households.models import Residence
from zd_registry.privacy import queries
from zd_registry.privacy.holdings import CORRECTION
from zd_registry.privacy.models import Correction
from zd_registry.privacy.reading import read_correction
from zd_registry.privacy.schemas import ChildCorrection
from zd_registry.values.names import name_key

_UNIT = {"birth_precision": "birth_date", "gone_kind": "gone", "gone_date": "gone"}


async def correct_child(
    session: WriteSession, keyring: KeyRing, child_id: UUID, wanted: ChildCorrection, *, if_match: str, agency: str
) -> Child:
    """Change what differs, note it field by field, and protect it from files that say otherwise.

    `if_match` is compared with what reading showed: the child's version plus that of its learning status. Both only
    rise, so no two states of a child show the same sum. Raises NotFound, PreconditionFailed, Invalid, Conflict,
    Forbidden.
    """
    # In turn with the steps of imports: one that has read the child must not write the old values back.
    await take_turns(session)
    child = await session.get(Child, child_id, with_for_update=True)
    if child is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    state = await session.get(LearningState, child_id, with_for_update=True)
    check_version(if_match, child.version + (state.version if state else 0))
    changes = {name: value for name, value in read_correction(wanted).items() if value != _now(child, keyring, name)}
    if not changes:
        return child
    for name in changes:
        _note(session, keyring, child, name, reason=wanted.reason, agency=agency)
    await _apply(session, keyring, child, changes)
    child.corrected = sorted({*(child.corrected or ()), *(_UNIT.get(name, name) for name in changes)})
    child.version += 1
    child.updated_at = session.clock.now()
    await session.flush()
    if "area" in changes:
        await _move(session, child, changes["area"])
    await enqueue(session, "correction", {"child_id": str(child_id)}, area=child.area)
    return child


def _now(child: Child, keyring: KeyRing, name: str) -> Any:
    if name != "citizen_id":
        return getattr(child, name)
    sealed = child.citizen_id_encrypted
    return keyring.decrypt(CITIZEN_ID, sealed, str(child.id)) if sealed else None


def _note(session: WriteSession, keyring: KeyRing, child: Child, name: str, *, reason: str, agency: str) -> None:
    row = Correction(
        child_id=child.id, area=child.area, at=session.clock.now(), actor=session.scope.name, agency=agency,
        field=name, reason=reason,
    )  # fmt: skip
    before = _now(child, keyring, name)
    if before is not None:
        said = before.isoformat() if isinstance(before, date) else before
        row.old_encrypted = keyring.encrypt(CORRECTION, json.dumps(said, ensure_ascii=False), str(row.id))
    session.add(row)


async def _apply(session: WriteSession, keyring: KeyRing, child: Child, changes: dict[str, Any]) -> None:
    if "citizen_id" in changes:
        await _renumber(session, keyring, child, changes["citizen_id"])
    if "area" in changes and not session.scope.covers_area(changes["area"]):
        raise Forbidden(
            "outside_scope",
            "ท่านย้ายเด็กออกนอกพื้นที่ของท่านไม่ได้ โปรดให้หน่วยงานของพื้นที่ปลายทางหรือทะเบียนราษฎรเป็นผู้บันทึก",
            "You cannot move a child out of your areas. The office of the new area, or its population register, can.",
        )
    for name, value in changes.items():
        if name not in {"citizen_id", "area"}:
            setattr(child, name, value)
    for part in ("given", "family"):
        if f"{part}_name" in changes:
            setattr(child, f"{part}_key", name_key(changes[f"{part}_name"]))
            # What is heard of a name is worked out by a job, whose libraries the API does not load.
            setattr(child, f"{part}_lk82", "")
            setattr(child, f"{part}_udom83", "")


async def _renumber(session: WriteSession, keyring: KeyRing, child: Child, number: str | None) -> None:
    """The number of before stays known as a former one."""
    if number is not None:
        await _check_free(session, keyring.blind_all(CITIZEN_ID, number), child.id)
    if child.citizen_id_index is not None and child.citizen_id_encrypted is not None:
        former = ChildIdentifier(
            child_id=child.id, area=child.area, kind="citizen_id", value_encrypted=child.citizen_id_encrypted,
            value_index=child.citizen_id_index, valid_to=today(session), created_at=session.clock.now(),
        )  # fmt: skip
        session.add(former)
    child.citizen_id_index = None if number is None else keyring.blind(CITIZEN_ID, number)
    child.citizen_id_encrypted = None if number is None else keyring.encrypt(CITIZEN_ID, number, str(child.id))


async def _check_free(session: WriteSession, indexes: list[str], child_id: UUID) -> None:
    holder = await (await session.driver()).fetchval(queries.HOLDER, indexes, child_id)
    if holder == "child":
        raise Conflict(
            "citizen_id_taken",
            "เด็กคนอื่นใช้เลขประจำตัวนี้อยู่แล้ว อาจเป็นคนเดียวกันที่บันทึกซ้ำ โปรดตรวจสอบรายการซ้ำ",
            "Another child has this citizen ID. They may be one person entered twice: look at the duplicates.",
        )
    if holder == "erased":
        raise Conflict(
            "citizen_id_erased",
            "เลขประจำตัวนี้เป็นของผู้ที่ขอลบข้อมูลไปแล้ว จึงบันทึกไม่ได้",
            "This citizen ID is that of a person who was erased, so it cannot be recorded.",
        )


async def _move(session: WriteSession, child: Child, area: int) -> None:
    """Everything that is kept about the child lies where the child lives."""
    before, child.area = child.area, area
    await session.flush()
    connection = await session.driver()
    for table in FOLLOWERS:
        await connection.execute(queries.FOLLOW.format(table=table), child.id, area)
    on = today(session)
    home = select(Residence).where(col(Residence.child_id) == child.id, col(Residence.until_date).is_(None))
    for residence in (await session.exec(home)).all():
        residence.until_date = on
    session.add(Residence(child_id=child.id, area=area, lived_in=area, from_date=on))
    if area // 100 != before // 100:
        moved = {"child_id": child.id, "tambon": tambon_of(area), "previous_tambon": tambon_of(before)}
        emit(session, ChildMoved.model_validate(moved))
