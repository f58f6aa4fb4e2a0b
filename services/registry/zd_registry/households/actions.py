from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record
from sqlmodel import col, select

from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Conflict, Invalid, NotFound
from zd_registry.children.models import Child
from zd_registry.children.rules import CITIZEN_ID
from zd_registry.children.schemas import area_text
from zd_registry.households import queries
from zd_registry.households.models import ChildGuardian, ChildNeed, Guardian, Household
from zd_registry.households.rules import guardian_key
from zd_registry.households.schemas import (
    ChildsGuardian,
    ChildsHousehold,
    ChildsNeed,
    NewGuardian,
    NewHousehold,
    NewNeed,
    ResidencePeriod,
)
from zd_registry.values.identifiers import identifier

NAME, PHONE, ADDRESS, HOUSE_CODE, NEED = "guardian_name", "phone", "address", "house_code", "need"  # key purposes


async def visible_child(session: ReadSession, child_id: UUID) -> None:
    """Raises NotFound for a child outside the caller's claims."""
    if await session.fetchrow(queries.EXISTS, child_id) is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)


async def own_child(session: WriteSession, child_id: UUID) -> Child:
    """The child, locked, of the caller's areas; raises NotFound."""
    child = await session.get(Child, child_id, with_for_update=True)
    if child is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    return child


async def held_child(session: WriteSession, child_id: UUID) -> Child:
    """The child of the caller's areas or schools, who does not move until the transaction ends; two who hold the same
    child follow one another. Raises NotFound."""
    if await session.get(Child, child_id) is not None:
        await (await session.driver()).execute(queries.HOLD_CHILD, child_id)
    child = await session.get(Child, child_id, populate_existing=True)
    if child is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    return child


async def guardians_of(session: ReadSession, keyring: KeyRing, child_id: UUID) -> list[ChildsGuardian]:
    await visible_child(session, child_id)
    return [_guardian(row, keyring) for row in await session.fetch(queries.GUARDIANS, child_id)]


async def add_guardian(session: WriteSession, keyring: KeyRing, child_id: UUID, new: NewGuardian) -> ChildsGuardian:
    """A guardian with a citizen ID that is known already, in whatever area, is linked, and takes the newer name and
    number."""
    child = await own_child(session, child_id)
    guardian_id = await _guardian_id(session, keyring, child, _citizen_id(new.citizen_id))
    link = await _link(session, child, guardian_id)
    link.relation, link.main, link.until_date = new.relation, new.main, None
    # A guardian of another area is seen by the link, so that has to stand first. It holds the guardian's key, which
    # several may at once: who then locked the whole row would wait for one who waits for the same.
    await session.flush()
    guardian = await session.get_one(Guardian, guardian_id, with_for_update={"key_share": True})
    guardian.name_encrypted = keyring.encrypt(NAME, new.name, str(guardian.id))
    guardian.name_index = keyring.blind(NAME, guardian_key(new.name))
    if new.phone:
        guardian.phone_encrypted = keyring.encrypt(PHONE, new.phone, str(guardian.id))
    guardian.version += 1
    guardian.updated_at = session.clock.now()
    return ChildsGuardian(
        id=guardian.id, name=new.name, relation=new.relation, phone=new.phone, main=new.main, from_date=link.from_date
    )


async def end_guardian(session: WriteSession, child_id: UUID, guardian_id: UUID) -> None:
    child = await own_child(session, child_id)
    link = await _find_link(session, child.id, guardian_id)
    if link is None:
        raise NotFound.of("guardian", "ผู้ปกครอง")
    link.until_date = link.until_date or bangkok_date(session.clock.now())
    link.main = False


async def set_household(session: WriteSession, keyring: KeyRing, child_id: UUID, new: NewHousehold) -> ChildsHousehold:
    """By its house code the household that is known, otherwise the child's own, or a new one. Raises Conflict for a
    household of areas that the caller does not see: its address would be lost on them."""
    child = await own_child(session, child_id)
    household = await _household(session, keyring, child, new.house_code)
    if new.address is not None:
        household.address_encrypted = keyring.encrypt(ADDRESS, new.address, str(household.id))
    child.household_id = household.id
    child.version += 1
    child.updated_at = session.clock.now()
    return ChildsHousehold(id=household.id, area=area_text(household.area), address=new.address)


async def household_of(session: ReadSession, keyring: KeyRing, child_id: UUID) -> ChildsHousehold:
    await visible_child(session, child_id)
    row = await session.fetchrow(queries.HOUSEHOLD, child_id)
    if row is None:
        raise NotFound.of("household", "ครัวเรือน")
    sealed = row["address_encrypted"]
    address = keyring.decrypt(ADDRESS, sealed, str(row["id"])) if sealed else None
    return ChildsHousehold(id=row["id"], area=area_text(row["area"]), address=address)


async def siblings_of(session: ReadSession, child_id: UUID) -> Sequence[Record]:
    await visible_child(session, child_id)
    rows = await session.fetch(queries.SIBLINGS, child_id)
    session.audit_subjects(*(row["id"] for row in rows))
    return rows


async def needs_of(session: ReadSession, keyring: KeyRing, child_id: UUID) -> list[ChildsNeed]:
    await visible_child(session, child_id)
    return [_need(row, keyring) for row in await session.fetch(queries.NEEDS, child_id)]


async def add_need(session: WriteSession, keyring: KeyRing, child_id: UUID, new: NewNeed, source: str) -> ChildsNeed:
    """The same need again is the same need, with what is newer about it."""
    child = await own_child(session, child_id)
    query = select(ChildNeed).where(
        col(ChildNeed.child_id) == child_id, col(ChildNeed.kind) == new.kind, col(ChildNeed.code) == new.code
    )
    need = (await session.exec(query)).one_or_none()
    if need is None:
        need = ChildNeed(
            child_id=child_id, area=child.area, kind=new.kind, code=new.code, source=source,
            created_at=session.clock.now(),
        )  # fmt: skip
        session.add(need)
    need.source, need.from_date, need.until_date = source, new.from_date or need.from_date, None
    if new.detail is not None:
        need.detail_encrypted = keyring.encrypt(NEED, new.detail, str(need.id))
    return ChildsNeed.model_validate(need.model_dump() | {"detail": new.detail})


async def end_need(session: WriteSession, child_id: UUID, need_id: UUID) -> None:
    await own_child(session, child_id)
    need = await session.get(ChildNeed, need_id)
    if need is None or need.child_id != child_id:
        raise NotFound.of("need", "ความต้องการ")
    need.until_date = need.until_date or bangkok_date(session.clock.now())


async def residences_of(session: ReadSession, child_id: UUID) -> list[ResidencePeriod]:
    await visible_child(session, child_id)
    rows = await session.fetch(queries.RESIDENCES, child_id)
    return [ResidencePeriod.model_validate({**row, "area": area_text(row["lived_in"])}) for row in rows]


def _citizen_id(text: str | None) -> str | None:
    if text is None:
        return None
    found = identifier(text)
    if found.kind != "citizen_id":
        raise Invalid(
            "citizen_id_malformed",
            "เลขประจำตัวประชาชนของผู้ปกครองไม่ถูกต้อง โปรดเทียบกับบัตร",
            "The guardian's citizen ID is wrong. Compare it with the card.",
        )
    return found.value


async def _guardian_id(session: WriteSession, keyring: KeyRing, child: Child, number: str | None) -> UUID:
    own_id = uuid7()
    index = keyring.blind(CITIZEN_ID, number) if number else None
    sealed = keyring.encrypt(CITIZEN_ID, number, str(own_id)) if number else None
    indexes = keyring.blind_all(CITIZEN_ID, number) if number else []
    values = own_id, child.area, index, sealed, session.clock.now()
    return await _known_or_entered(session, queries.KNOWN_GUARDIAN, indexes, queries.ENTER_GUARDIAN, *values)


async def _known_or_entered(session: WriteSession, known: str, indexes: list[str], enter: str, *values: object) -> UUID:
    """The id of whatever has one of the `indexes`; it is entered if nothing has, and looked up once more if somebody
    else entered it between the two."""
    connection = await session.driver()
    found: UUID = (
        await connection.fetchval(known, indexes)
        or await connection.fetchval(enter, *values)
        or await connection.fetchval(known, indexes)
    )
    return found


async def _find_link(session: WriteSession, child_id: UUID, guardian_id: UUID) -> ChildGuardian | None:
    query = select(ChildGuardian).where(
        col(ChildGuardian.child_id) == child_id, col(ChildGuardian.guardian_id) == guardian_id
    )
    return (await session.exec(query)).one_or_none()


async def _link(session: WriteSession, child: Child, guardian_id: UUID) -> ChildGuardian:
    link = await _find_link(session, child.id, guardian_id)
    if link is None:
        now = session.clock.now()
        link = ChildGuardian(
            child_id=child.id, guardian_id=guardian_id, area=child.area, relation="other", from_date=bangkok_date(now),
            created_at=now,
        )  # fmt: skip
        session.add(link)
    return link


async def _household(session: WriteSession, keyring: KeyRing, child: Child, house_code: str | None) -> Household:
    if house_code is None and child.household_id is not None:
        own = await session.get(Household, child.household_id)
        if own is not None:
            return own
    own_id = uuid7()
    index = keyring.blind(HOUSE_CODE, house_code) if house_code else None
    sealed = keyring.encrypt(HOUSE_CODE, house_code, str(own_id)) if house_code else None
    indexes = keyring.blind_all(HOUSE_CODE, house_code) if house_code else []
    values = own_id, child.area, index, sealed, session.clock.now()
    found = await _known_or_entered(session, queries.KNOWN_HOUSEHOLD, indexes, queries.ENTER_HOUSEHOLD, *values)
    household = await session.get(Household, found)
    if household is None:
        raise Conflict(
            "household_elsewhere",
            "บ้านหลังนี้บันทึกไว้ในพื้นที่ที่ท่านไม่เห็นข้อมูล โปรดบันทึกที่อยู่โดยไม่ใส่รหัสบ้าน หรือให้หน่วยงานที่ดูแลทั้งสองพื้นที่เป็นผู้บันทึก",
            "This house is recorded in an area that you do not see. Record the address without the house code, or let"
            " an office that sees both areas record it.",
        )
    return household


def _guardian(row: Record, keyring: KeyRing) -> ChildsGuardian:
    phone = row["phone_encrypted"]
    return ChildsGuardian(
        id=row["id"],
        name=keyring.decrypt(NAME, row["name_encrypted"], str(row["id"])),
        relation=row["relation"],
        phone=keyring.decrypt(PHONE, phone, str(row["id"])) if phone else None,
        main=row["main"],
        from_date=row["from_date"],
        until_date=row["until_date"],
    )


def _need(row: Record, keyring: KeyRing) -> ChildsNeed:
    sealed = row["detail_encrypted"]
    detail = keyring.decrypt(NEED, sealed, str(row["id"])) if sealed else None
    return ChildsNeed.model_validate({**row, "detail": detail})
