from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, get_args
from uuid import UUID

from asyncpg import Record
from sqlmodel import col, select

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.problems import Conflict, Forbidden, Invalid, NotFound
from zd_registry.children.models import Child
from zd_registry.consents import queries, rules
from zd_registry.consents.models import Consent, ConsentPurpose
from zd_registry.consents.schemas import Consents, ConsentShown, NewConsent, NewPurpose, Purpose, Standing
from zd_registry.households.actions import held_child, visible_child
from zd_registry.households.models import ChildGuardian


async def purposes(session: ReadSession) -> list[Purpose]:
    return [Purpose.model_validate(dict(row)) for row in await session.fetch(queries.PURPOSES)]


async def add_purpose(session: WriteSession, code: str, wanted: NewPurpose) -> Purpose:
    """Raises Conflict for a day that has its words already: what people agreed to is never rewritten."""
    if await session.get(ConsentPurpose, (code, wanted.valid_from)) is not None:
        raise Conflict(
            "purpose_exists",
            "มีข้อความที่เริ่มใช้วันนั้นแล้ว โปรดใช้วันอื่น",
            "It has words from that very day already. Choose another day.",
        )
    session.add(ConsentPurpose(code=code, **wanted.model_dump()))
    return Purpose(code=code, **wanted.model_dump())


async def consents_of(session: ReadSession, child_id: UUID, today: date) -> Consents:
    await visible_child(session, child_id)
    birth = await session.fetchrow(queries.BIRTH, child_id)
    rows = await session.fetch(queries.OF_CHILD, child_id)
    age = None if birth is None else _age(birth["birth_date"], birth["birth_precision"], today)
    standing = [_standing(dict(purpose), rows, age) for purpose in await session.fetch(queries.IN_FORCE, today)]
    return Consents(items=[ConsentShown.model_validate(dict(row)) for row in rows], standing=standing)


async def give_consent(session: WriteSession, child_id: UUID, new: NewConsent, recorded_by: str) -> ConsentShown:
    """Of a child of the caller's areas, or a pupil of the caller's schools: there the family is asked, and the rest is
    the office's to say. Raises NotFound, Invalid, Forbidden."""
    child = await held_child(session, child_id)
    if new.basis != "consent" and not session.scope.areas:
        raise Forbidden(
            "basis_of_office", "โรงเรียนบันทึกได้เฉพาะคำตอบของครอบครัว ฐานอื่นให้หน่วยงานในพื้นที่บันทึก",
            "A school records what the family answers. Any other basis is for the office of the area to record.",
        )  # fmt: skip
    now = session.clock.now()
    purpose = await purpose_in_force(session, new.purpose, bangkok_date(now))
    if not rules.basis_allowed(new.basis, purpose.bases, sensitive=purpose.sensitive):
        raise Invalid(
            "basis_not_allowed",
            f"วัตถุประสงค์นี้ใช้ฐาน {new.basis} ไม่ได้ ใช้ได้เฉพาะ {', '.join(purpose.bases)}",
            f"This purpose cannot rest on {new.basis}; it may on {', '.join(purpose.bases)}.",
        )
    await _check_party(session, child, purpose, new, bangkok_date(now))
    if new.given_at is not None and new.given_at > now:
        raise Invalid(
            "given_later", "วันที่ให้ความยินยอมอยู่ในอนาคต", "The consent was given in the future. Correct the time."
        )
    consent = Consent(
        child_id=child.id, area=child.area, purpose=new.purpose, basis=new.basis, given_by=new.given_by,
        guardian_id=new.guardian_id, wording_version=new.wording_version or purpose.wording_version,
        given_at=new.given_at or now, recorded_by=recorded_by, refused=new.refused,
    )  # fmt: skip
    session.add(consent)
    return ConsentShown.model_validate(consent.model_dump())


async def withdraw_consent(session: WriteSession, child_id: UUID, consent_id: UUID, by: str) -> None:
    """Once said, without a reason; saying it again changes nothing. What was done before stays lawful (section 19)."""
    await held_child(session, child_id)
    consent = await session.get(Consent, consent_id, with_for_update=True)
    if consent is None or consent.child_id != child_id:
        raise NotFound.of("consent", "ความยินยอม")
    if consent.withdrawn_at is None:
        consent.withdrawn_at, consent.withdrawn_by = session.clock.now(), by


async def standing_of(session: WriteSession, child: Child, purpose: str, on: date) -> Standing:
    """Whether the child's data may be used for a purpose on a day. Raises Invalid where there is no such purpose."""
    found = await purpose_in_force(session, purpose, on)
    rows = await (await session.driver()).fetch(queries.OF_CHILD, child.id)
    return _standing(found.model_dump(), rows, _age(child.birth_date, child.birth_precision, on))


async def purpose_in_force(session: WriteSession, code: str, on: date) -> ConsentPurpose:
    wanted = select(ConsentPurpose).where(col(ConsentPurpose.code) == code, col(ConsentPurpose.valid_from) <= on)
    found = (await session.exec(wanted.order_by(col(ConsentPurpose.valid_from).desc()))).first()
    if found is None:
        raise Invalid(
            "purpose_unknown",
            "ไม่มีวัตถุประสงค์นี้ โปรดดูที่ /v1/consent-purposes",
            "There is no such purpose. See /v1/consent-purposes.",
        )
    return found


async def _check_party(
    session: WriteSession, child: Child, purpose: ConsentPurpose, new: NewConsent, today: date
) -> None:
    of_consent = new.basis == "consent"
    guardian_alone = new.guardian_id is None or new.given_by == "guardian"
    if of_consent != (new.given_by is not None) or not guardian_alone or (new.refused and not of_consent):
        raise Invalid(
            "given_by_wrong",
            "โปรดระบุผู้ให้หรือไม่ให้ความยินยอมเฉพาะเมื่อใช้ฐานความยินยอม",
            "Say who agreed or refused if the basis is consent, and only then.",
        )
    if new.given_by is None:
        return
    needed = rules.parties_needed(_age(child.birth_date, child.birth_precision, today), alone=purpose.alone)
    if new.given_by not in needed:
        raise Invalid(
            "consent_not_theirs",
            "ตามอายุของเด็ก ผู้นี้ให้ความยินยอมแทนไม่ได้ (พ.ร.บ.คุ้มครองข้อมูลส่วนบุคคล มาตรา 20)",
            "By the child's age this is not theirs to decide (PDPA, section 20).",
        )
    # Who the guardians are is not for a school to read: it may record the answer alone.
    named = new.guardian_id is not None or session.scope.areas
    if new.given_by == "guardian" and named and not await _cares(session, child.id, new.guardian_id):
        raise Invalid(
            "guardian_unknown",
            "ผู้นี้ไม่ได้เป็นผู้ปกครองของเด็กในทะเบียน โปรดเพิ่มผู้ปกครองก่อน",
            "The register knows no such guardian of this child. Add the guardian first.",
        )


async def _cares(session: WriteSession, child_id: UUID, guardian_id: UUID | None) -> bool:
    link = select(ChildGuardian).where(
        col(ChildGuardian.child_id) == child_id,
        col(ChildGuardian.guardian_id) == guardian_id,
        col(ChildGuardian.until_date).is_(None),
    )
    return (await session.exec(link)).first() is not None


def _age(birth_date: date | None, precision: str, today: date) -> int | None:
    return rules.completed_age(rules.latest_birth(birth_date, precision), today)


def _standing(purpose: Mapping[str, Any], rows: Iterable[Record], age: int | None) -> Standing:
    given = [
        rules.Given(row["basis"], row["given_by"], row["withdrawn_at"] is not None, row["refused"])
        for row in rows
        if row["purpose"] == purpose["code"]
    ]
    needed = rules.parties_needed(age, alone=purpose["alone"])
    open_ = rules.lacking(given, needed)
    allowed = open_ is not None and not open_
    return Standing(
        purpose=purpose["code"],
        allowed=allowed,
        lacking=[party for party in get_args(rules.Party) if party in (needed if open_ is None else open_)],
        refused=[] if allowed else [party for party in get_args(rules.Party) if party in rules.refusing(given, needed)],
    )
