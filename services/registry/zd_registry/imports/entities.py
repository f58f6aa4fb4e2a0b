"""Under which ids a feed's rosters tell of schools, courses, classes and teachers: what comes later means them so."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

# What is called so, and not by another id than before, was called so by the first file too.
_NAME: Final = """
INSERT INTO roster_entity AS t (feed_id, kind, place, source_id, organisation, entity_id, first_import_id, import_id)
SELECT $1, n.kind, n.place, n.source_id, n.organisation, n.entity_id, $2, $2
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[])
    AS n(kind, place, source_id, organisation, entity_id)
ON CONFLICT (feed_id, kind, place, source_id) DO UPDATE
    SET organisation = excluded.organisation, entity_id = excluded.entity_id, import_id = excluded.import_id,
        first_import_id = CASE WHEN (t.organisation, t.entity_id) IS NOT DISTINCT FROM
            (excluded.organisation, excluded.entity_id) THEN t.first_import_id ELSE excluded.import_id END
"""
_NAMED: Final = """
SELECT kind, place, source_id, organisation, entity_id FROM roster_entity
WHERE feed_id = $1 AND kind = ANY ($2) AND (kind <> 'class' OR place = $3)
"""
TAKE_BACK: Final = (
    "DELETE FROM {table} WHERE first_import_id = $1 AND import_id = $1",
    """
    UPDATE {table} SET first_import_id = CASE WHEN first_import_id = $1 THEN import_id ELSE first_import_id END,
        import_id = CASE WHEN import_id = $1 THEN first_import_id ELSE import_id END
    WHERE first_import_id = $1 OR import_id = $1
    """,
)
"""A file is withdrawn: what it alone said of ids holds no longer. For tables that keep the first and the last file."""


class Entity(NamedTuple):
    """`kind`: school, course, class, teacher. `place` tells equal ids of a kind apart: the term of a class, the school
    of a teacher, else nothing. `entity_id`: what is called so; None for the school itself, which has its code."""

    kind: str
    place: str
    source_id: str
    organisation: str
    entity_id: UUID | None = None


async def name_entities(
    connection: "asyncpg.Connection[asyncpg.Record]", feed_id: UUID, import_id: UUID, entities: Iterable[Entity]
) -> None:
    """Of two under one id the last counts."""
    once = {each[:3]: each for each in entities}
    columns = [list(column) for column in zip(*once.values(), strict=True)] if once else [[] for _ in Entity._fields]
    await connection.execute(_NAME, feed_id, import_id, *columns)


async def named_entities(
    connection: "asyncpg.Connection[asyncpg.Record]", feed_id: UUID | None, kinds: Sequence[str], term: str
) -> list[Entity]:
    """What a feed's files called by ids of its own; of classes those of the term. Nothing without a feed."""
    rows = [] if feed_id is None else await connection.fetch(_NAMED, feed_id, list(kinds), term)
    return [Entity(*row.values()) for row in rows]
