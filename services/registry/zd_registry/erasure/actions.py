from uuid import UUID

from sqlmodel import col, select

from zd_contracts.events.registry import ChildErased
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.jobs.queue import enqueue
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import NotFound
from zd_kernel.scope import tambon_of
from zd_registry.children.actions import take_turns, today
from zd_registry.children.erased import PERSON, Person
from zd_registry.children.models import Child, ChildIdentifier, ErasedChild, MergedChild
from zd_registry.children.rules import CITIZEN_ID, OTHER_ID
from zd_registry.erasure import queries
from zd_registry.erasure.models import ErasedIdentifier
from zd_registry.households.models import ChildGuardian, Residence
from zd_registry.placements.actions import forget_placements


async def erase_child(session: WriteSession, keyring: KeyRing, child_id: UUID) -> None:
    """Delete all that identifies the child, and tell everyone who holds rows about the id.

    What stays is the id and keyed hashes of the numbers and of name with birth date, so that a later file does not
    bring the person back. A school sees its pupils but cannot lock their rows, so it is told that there is no such
    child.
    """
    # In turn with the steps of imports: one that has looked for erased people must not register this one afterwards.
    await take_turns(session)
    child = await session.get(Child, child_id, with_for_update=True)
    if child is None:
        raise NotFound.of("child", "เด็ก")
    session.audit_subjects(child_id)
    await forget_placements(session, child_id)
    others = (await session.exec(select(ChildIdentifier).where(col(ChildIdentifier.child_id) == child_id))).all()
    _mark(session, keyring, child, list(others))
    former = (await session.exec(select(MergedChild).where(col(MergedChild.survivor_id) == child_id))).all()
    links = select(ChildGuardian.guardian_id).where(col(ChildGuardian.child_id) == child_id)
    homes = select(Residence.lived_in).where(col(Residence.child_id) == child_id)
    left = {
        "child_id": str(child_id),
        "guardians": [str(guardian_id) for guardian_id in (await session.exec(links)).all()],
        "areas": sorted({child.area, *(await session.exec(homes)).all()}),
        "household": str(child.household_id) if child.household_id else None,
        "ids": [str(child_id), *(str(merged.child_id) for merged in former)],
    }
    connection = await session.driver()
    await connection.execute(queries.MERGES, [child_id, *(merged.child_id for merged in former)])
    for kind, key in (("given", child.given_key), ("family", child.family_key)):
        await connection.execute(queries.NOTE_NAME, kind, key)
    await session.delete(child)
    await enqueue(session, "erasure", left, area=child.area)
    for merged in former:
        session.add(ErasedChild(child_id=merged.child_id, area=child.area, erased_date=today(session)))
    for known_as in (child_id, *(merged.child_id for merged in former)):
        emit(session, ChildErased(child_id=known_as, tambon=tambon_of(child.area), erased_date=today(session)))


def _mark(session: WriteSession, keyring: KeyRing, child: Child, others: list[ChildIdentifier]) -> None:
    person = None
    if child.birth_date is not None:
        said = Person(child.given_key, child.family_key, child.birth_date, child.birth_precision, numbered=False).said()
        person = keyring.blind(PERSON, said)
    erased = ErasedChild(
        child_id=child.id, area=child.area, citizen_id_index=None, person_index=person, erased_date=today(session)
    )
    sealed = [(CITIZEN_ID if other.kind == "citizen_id" else OTHER_ID, other.value_encrypted) for other in others]
    if child.citizen_id_encrypted is not None:
        sealed.append((CITIZEN_ID, child.citizen_id_encrypted))
        number = keyring.decrypt(CITIZEN_ID, child.citizen_id_encrypted, str(child.id))
        erased.citizen_id_index = keyring.blind(CITIZEN_ID, number)
    session.add(erased)
    # Under every key of the ring: it is the last time that anybody can hash them.
    marks = {
        mark
        for purpose, value in sealed
        for mark in keyring.blind_all(purpose, keyring.decrypt(purpose, value, str(child.id)))
    }
    for mark in marks - {erased.citizen_id_index}:
        session.add(ErasedIdentifier(child_id=child.id, value_index=mark, area=child.area))
