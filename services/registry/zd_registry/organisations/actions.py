from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlmodel import col, delete, select, tuple_

from zd_kernel.data.session import WriteSession
from zd_kernel.http.etags import check_version
from zd_kernel.jobs.queue import enqueue
from zd_kernel.problems import Conflict, FieldError, Invalid, Problem
from zd_kernel.scope import EVERY_ORGANISATION, UNKNOWN_AREA, Range, area_code, area_range
from zd_registry.areas.actions import check_claim, check_known
from zd_registry.areas.rules import code_of, covered
from zd_registry.organisations import queries
from zd_registry.organisations.models import (
    Organisation,
    OrganisationCode,
    OrganisationTree,
)
from zd_registry.organisations.rules import CALENDAR_CHANGED, affiliation_of, free_range, outermost, roomier, width_of
from zd_registry.organisations.schemas import ItemResult, NewOrganisation

_POSITIONS = {"position_from", "position_to", "next_position"}


@dataclass(slots=True)
class Tree:
    """The organisations' tree, held until commit: whoever changes positions waits here for one another.

    `seeded` are the positions of the file, which nobody else may take; `served` are the areas of the instance, which
    whoever changes what has no area of its own must hold. `kept` are organisations that are not to be read again.
    """

    session: WriteSession
    row: OrganisationTree
    seeded: Mapping[str, Range]
    served: Sequence[Range]
    by: str
    last_seeded: int
    kept: list[Organisation] = field(default_factory=list)

    async def seat(self, code: str, parent: Organisation | None, width: int) -> tuple[Range, int]:
        """Positions for a new organisation: what the file says, if that lies below its parent, or else free ones.

        Also the first of them that something below it may get.
        """
        self.row.revision += 1
        own = self.seeded.get(code)
        if own is None:
            found = await self.allocate(parent, width)
            return found, found.lo + 1
        if parent is None or covered([own], [parent.span]):
            return own, own.lo + 1
        found = await self.allocate(parent, max(width, own.hi - own.lo + 1))
        await self._check_listed(own, code)
        await self._carry(own, found)
        return found, found.lo + own.hi - own.lo + 1

    async def allocate(self, parent: Organisation | None, width: int) -> Range:
        """Positions below `parent` that were nobody's before. Raises Conflict when there are none left."""
        if parent is None:
            lo = outermost(self.row.next_position, self.seeded.values())
            if lo + width - 1 > EVERY_ORGANISATION.hi:
                raise Conflict("positions_exhausted", "ไม่มีตำแหน่งว่างในผังหน่วยงานแล้ว", "The tree has no positions left.")
            self.row.next_position = lo + width
            return Range(lo, lo + width - 1)
        while (found := self._free(parent, width)) is None:
            await self._grow(parent, width)
        parent.next_position = found.hi + 1
        return found

    async def move(self, organisation: Organisation, parent: Organisation | None) -> None:
        """Below another parent, with all that is below it and every row that keeps its position."""
        if parent is not None and covered([parent.span], [organisation.span]):
            th, en = "หน่วยงานต้นสังกัดต้องไม่อยู่ภายใต้หน่วยงานนี้เอง", "It cannot belong to one that is below it."
            raise Conflict("parent_below_itself", th, en)
        found = await self.allocate(parent, organisation.position_to - organisation.position_from + 1)
        await self._check_listed(organisation.span)
        await self._carry(organisation.span, found)

    def _free(self, parent: Organisation, width: int) -> Range | None:
        seeded = self.seeded.values() if parent.position_from <= self.last_seeded else ()
        return free_range(parent.span, parent.next_position, width, seeded)

    async def _grow(self, organisation: Organisation, wanted: int) -> None:
        above = await self.session.get(Organisation, organisation.parent) if organisation.parent else None
        found = await self.allocate(above, roomier(organisation.span, wanted))
        await self._check_listed(organisation.span)
        await self._carry(organisation.span, found)
        organisation.position_to = found.hi

    async def _carry(self, moved: Range, there: Range) -> None:
        self.row.revision += 1
        await self.session.flush()
        connection = await self.session.driver()
        distance = there.lo - moved.lo
        await connection.execute(queries.SHIFT, *moved, distance, moved.lo <= self.last_seeded)
        await connection.execute("SELECT move_positions($1, $2, $3, $4)", *moved, distance, there.hi)
        for loaded in [each for each in self.session.identity_map.values() if isinstance(each, Organisation)]:
            await self.session.refresh(loaded)

    async def _check_listed(self, moved: Range, *but: str) -> None:
        """What only the file knows would stay behind: it has to enter the tree before what is above it moves."""
        below = {code for code, r in self.seeded.items() if covered([r], [moved])}
        if missing := sorted(below - await queries.known_codes(self.session, below) - set(but)):
            raise Conflict(
                "seeded_below",
                f"โปรดบันทึกหน่วยงานย่อยที่มีเฉพาะในไฟล์ผังหน่วยงานก่อน เช่น {missing[0]}",
                f"Register the organisations below it that only the seeded file knows first, such as {missing[0]}.",
            )


async def hold_tree(session: WriteSession, *, seeded: Mapping[str, Range], served: Sequence[Range], by: str) -> Tree:
    row = await session.get_one(OrganisationTree, 1, with_for_update=True, populate_existing=True)
    return Tree(session, row, seeded, served, by, max((r.hi for r in seeded.values()), default=-1))


async def create_organisation(tree: Tree, new: NewOrganisation) -> Organisation:
    """Raises Conflict for a code that is known, Invalid for an unknown area or parent, Forbidden outside the claim."""
    if await tree.session.get(Organisation, new.code):
        raise Conflict("organisation_known", "มีหน่วยงานรหัสนี้แล้ว", "This code is known. Change that organisation.")
    return await _create(tree, new)


async def _create(tree: Tree, new: NewOrganisation) -> Organisation:
    session = tree.session
    parent = await _parent(session, new.parent)
    await _check_place(tree, new.area, parent)
    await _check_codes(session, new.code, new.external_codes)
    seat, following = await tree.seat(new.code, parent, width_of(new.kind))
    found = Organisation(
        **new.model_dump(exclude={"area", "affiliation", "external_codes"}),
        area=area_code(new.area),
        affiliation=new.affiliation or affiliation_of(new.code, parent.affiliation if parent else None),
        position_from=seat.lo,
        position_to=seat.hi,
        next_position=following,
        changed_by=tree.by,
        updated_at=session.clock.now(),
    )
    session.add(found)
    tree.kept.append(found)
    if new.external_codes:
        await _put_codes(session, new.code, new.external_codes)
    return found


async def change_organisation(
    tree: Tree, code: str, change: dict[str, Any], *, if_match: str
) -> tuple[Organisation, bool]:
    """`change` holds the fields that are given; returns whether anything changed. Raises before it changes anything."""
    session = tree.session
    found = await queries.find_organisation(session, code)
    check_may_change(session, found, tree.served)
    check_version(if_match, found.version)
    codes = change.pop("external_codes", None)
    await _check_codes(session, code, codes or {})
    if "area" in change:
        await _check_place(tree, change["area"], None if change["area"] else found)
        change["area"] = area_code(change["area"])
    opened, closed = (change.get(name, getattr(found, name)) for name in ("opened_date", "closed_date"))
    if opened and closed and closed < opened:
        raise _invalid("/closed_date", "closed_before_opened", "วันปิดอยู่ก่อนวันเปิด", "It closed before it opened.")
    before = found.model_dump(exclude=_POSITIONS)
    if "parent" in change and change["parent"] != found.parent:
        parent = await _parent(session, change["parent"])
        if parent is not None:
            check_may_change(session, parent, tree.served)
        await tree.move(found, parent)
    recoded = codes is not None and await _put_codes(session, code, codes)
    found.sqlmodel_update(change)
    changed = recoded or found.model_dump(exclude=_POSITIONS) != before
    if any(getattr(found, name) != before[name] for name in ("parent", "affiliation")):
        await enqueue(session, CALENDAR_CHANGED, {"calendar": code})
    if changed:
        found.version, found.changed_by, found.updated_at = found.version + 1, tree.by, session.clock.now()
    return found, changed


async def put_organisations(tree: Tree, items: Sequence[NewOrganisation]) -> list[ItemResult]:
    """Create or change each; one that is refused changes nothing and keeps no other from being stored."""
    wanted = {item.code for item in items} | {item.parent for item in items if item.parent}
    tree.kept += await tree.session.exec(select(Organisation).where(col(Organisation.code).in_(wanted)))
    known = {each.code for each in tree.kept}
    results: list[ItemResult] = []
    for item in items:
        try:
            outcome = await _put(tree, item, is_new=item.code not in known)
        except Problem as problem:
            why = problem.errors[0] if problem.errors else problem.detail
            error = {"error_code": problem.code, "detail_th": why.th, "detail_en": why.en}
            results.append(ItemResult(code=item.code, outcome="rejected", **error))
        else:
            known.add(item.code)
            results.append(ItemResult(code=item.code, outcome=outcome))
    return results


async def _put(tree: Tree, item: NewOrganisation, *, is_new: bool) -> Literal["created", "changed", "unchanged"]:
    if is_new:
        await _create(tree, item)
        return "created"
    change = item.model_dump(exclude={"code"})
    if item.affiliation is None:
        parent = await _parent(tree.session, item.parent)
        change["affiliation"] = affiliation_of(item.code, parent.affiliation if parent else None)
    _, changed = await change_organisation(tree, item.code, change, if_match="*")
    return "changed" if changed else "unchanged"


def check_may_change(session: WriteSession, found: Organisation, served: Sequence[Range]) -> None:
    """Its area's keepers, whoever holds a claim to it, and, where it has no area, who holds all that is served."""
    if not covered([found.span], session.scope.organisations):
        check_claim(session, served if found.area == UNKNOWN_AREA else [area_range(code_of(found.area))])


async def _check_place(tree: Tree, area: str | None, parent: Organisation | None) -> None:
    if area is not None:
        await check_known(tree.session, {"/area": area})
    if parent is None or not covered([parent.span], tree.session.scope.organisations):
        check_claim(tree.session, tree.served if area is None else [area_range(area)])


async def _parent(session: WriteSession, code: str | None) -> Organisation | None:
    parent = await session.get(Organisation, code) if code else None
    if code and parent is None:
        raise _invalid("/parent", "parent_unknown", "ไม่มีหน่วยงานต้นสังกัดรหัสนี้ โปรดบันทึกก่อน", "Register the parent first.")
    return parent


async def _check_codes(session: WriteSession, organisation: str, codes: Mapping[str, str]) -> None:
    if not codes:
        return
    query = select(OrganisationCode).where(tuple_(OrganisationCode.system, OrganisationCode.code).in_(codes.items()))
    if taken := {each.organisation for each in await session.exec(query)} - {organisation}:
        raise Conflict(
            "external_code_taken",
            f"รหัสภายนอกนี้เป็นของหน่วยงาน {min(taken)} แล้ว",
            f"An external code is already that of organisation {min(taken)}.",
        )


async def _put_codes(session: WriteSession, organisation: str, codes: Mapping[str, str]) -> bool:
    """Returns whether anything changed."""
    if codes == (await queries.external_codes(session, [organisation])).get(organisation, {}):
        return False
    await session.exec(delete(OrganisationCode).where(col(OrganisationCode.organisation) == organisation))
    session.add_all(OrganisationCode(system=s, code=c, organisation=organisation) for s, c in codes.items())
    await session.flush()
    return True


def _invalid(pointer: str, code: str, th: str, en: str) -> Invalid:
    return Invalid(code, th, en, errors=[FieldError(pointer, code, th, en)])
