"""Areas by code and by name. Provinces to tambons come from `geothai`, which reads its files on first use."""

from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID

import geothai
from sqlmodel import col, select

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import NotFound
from zd_kernel.scope import Range, area_range
from zd_registry.areas.models import AreaSet, AreaSetMember, Community, Village
from zd_registry.areas.rules import community_ranges, merged, name_key, parent_of
from zd_registry.areas.schemas import AreaInfo, Level

LEVELS: Final[dict[int, Level]] = {2: "province", 4: "district", 6: "tambon", 8: "village"}
_PAST_EVERY_LETTER: Final = "\U0010ffff"
UPSERT_VILLAGES: Final = """
INSERT INTO village AS v (area, name_th, name_en, name_key, updated_at)
SELECT *, $5::timestamptz FROM unnest($1::int[], $2::text[], $3::text[], $4::text[])
ON CONFLICT (area) DO UPDATE SET name_th = excluded.name_th, name_en = excluded.name_en, name_key = excluded.name_key,
    updated_at = excluded.updated_at
WHERE (v.name_th, v.name_en) IS DISTINCT FROM (excluded.name_th, excluded.name_en)
RETURNING area
"""


def known_area(code: str) -> AreaInfo | None:
    """A province, district or tambon; None for everything else."""
    find = {2: geothai.province, 4: geothai.district, 6: geothai.subdistrict}.get(len(code))
    found = find(code) if find else None
    return None if found is None else _info(code, found.name_th, found.name_en)


async def find_area(session: WriteSession, code: str) -> AreaInfo:
    """Of any level. Raises NotFound."""
    found = known_area(code)
    if found is None and len(code) == 8 and (village := await session.get(Village, area_range(code).lo)):
        found = _info(code, village.name_th, village.name_en)
    if found is None:
        raise NotFound.of("area", "พื้นที่")
    return found


async def areas_below(session: WriteSession, parent: str | None) -> list[AreaInfo]:
    """The areas directly in `parent`, or the provinces, by code."""
    if parent is not None and len(parent) >= 6:
        return [_info(str(v.area), v.name_th, v.name_en) for v in await _villages_in(session, parent)]
    found: Iterable[geothai.types.Province | geothai.types.District | geothai.types.Subdistrict]
    if parent is None:
        found = geothai.provinces()
    else:
        found = geothai.districts(parent) if len(parent) == 2 else geothai.subdistricts(parent)
    return [_info(area.code, area.name_th, area.name_en) for area in found]


async def areas_named(session: WriteSession, name: str, within: str, limit: int) -> list[AreaInfo]:
    """Areas in `within` whose Thai or English name begins with `name`, then those that hold it; villages last."""
    found = [
        _info(hit.area.code, hit.area.name_th, hit.area.name_en)
        for hit in geothai.search(name, limit=len(LEVELS) * 10_000)
        if hit.area.code.startswith(within) and hit.area.code != within
    ][:limit]
    key = name_key(name)
    query = select(Village).where(col(Village.name_key).between(key, key + _PAST_EVERY_LETTER))
    if within:
        query = query.where(col(Village.area).between(*area_range(within)))
    villages = await session.exec(query.order_by(col(Village.name_key), col(Village.area)).limit(limit - len(found)))
    return [*found, *(_info(str(v.area), v.name_th, v.name_en) for v in villages)]


async def find_community(session: WriteSession, community_id: UUID, *, lock: bool = False) -> Community:
    """Raises NotFound."""
    community = await session.get(Community, community_id, with_for_update=lock or None)
    if community is None:
        raise NotFound.of("community", "ชุมชน")
    return community


async def find_set(session: WriteSession, set_id: UUID, *, lock: bool = False) -> AreaSet:
    """Raises NotFound."""
    found = await session.get(AreaSet, set_id, with_for_update=lock or None)
    if found is None:
        raise NotFound.of("area set", "ชุดพื้นที่")
    return found


async def members_of(session: WriteSession, set_ids: Iterable[UUID]) -> dict[UUID, list[AreaSetMember]]:
    query = select(AreaSetMember).where(col(AreaSetMember.set_id).in_(list(set_ids)))
    members: dict[UUID, list[AreaSetMember]] = {}
    for member in await session.exec(query.order_by(col(AreaSetMember.set_id), col(AreaSetMember.ordinal))):
        members.setdefault(member.set_id, []).append(member)
    return members


async def set_ranges(session: WriteSession, set_id: UUID) -> tuple[Range, ...]:
    """The areas of a set as ascending ranges that do not touch, for filters of lists and figures. Raises NotFound.

    A community counts as the villages that it names, or as the area that it lies in.
    """
    await find_set(session, set_id)
    members = (await members_of(session, [set_id])).get(set_id, [])
    communities = [member.community_id for member in members if member.community_id]
    found = (await session.exec(select(Community).where(col(Community.id).in_(communities)))).all()
    return merged(_ranges(members, found))


def _ranges(members: Iterable[AreaSetMember], communities: Iterable[Community]) -> Iterator[Range]:
    for member in members:
        if member.code is not None:
            yield area_range(member.code)
    for community in communities:
        yield from community_ranges(community.area, community.members)


async def _villages_in(session: WriteSession, code: str) -> list[Village]:
    if len(code) == 8:
        return []
    query = select(Village).where(col(Village.area).between(*area_range(code))).order_by(col(Village.area))
    return list((await session.exec(query)).all())


def _info(code: str, name_th: str, name_en: str | None) -> AreaInfo:
    return AreaInfo(code=code, level=LEVELS[len(code)], name_th=name_th, name_en=name_en, parent=parent_of(code))
