from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from zd_kernel.data.session import ReadSession
from zd_kernel.problems import NotFound
from zd_registry.editions import queries
from zd_registry.editions.schemas import EditionInfo, FigureShown


class Wanted(NamedTuple):
    """`area`: digits of the province or of a part of it; `digits`: only areas with so many; None: all levels."""

    subject: str
    period: str
    area: str
    digits: int | None
    kind: str | None


async def editions(session: ReadSession, subject: str | None, before: UUID, limit: int) -> list[EditionInfo]:
    return [EditionInfo.model_validate(dict(row)) for row in await session.fetch(queries.LIST, subject, before, limit)]


async def edition(session: ReadSession, wanted: Wanted) -> EditionInfo:
    """Raises NotFound, for a period that is not over too."""
    row = await session.fetchrow(queries.ONE, wanted.subject, wanted.period, int(wanted.area[:2]) * 10**6)
    if row is None:
        raise NotFound.of("edition", "ตัวเลขเผยแพร่ของช่วงเวลานั้น")
    return EditionInfo.model_validate(dict(row))


async def figures_of(
    session: ReadSession, edition_id: UUID, wanted: Wanted, after: Sequence[str], limit: int
) -> list[FigureShown]:
    rows = await session.fetch(
        queries.FIGURES, edition_id, *after, wanted.area, f"{wanted.area}999999", wanted.digits, wanted.kind, limit
    )
    return [FigureShown.model_validate(dict(row)) for row in rows]
