"""What files leave in the register, put there directly: people, feeds with their deliveries, lists, placements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg

from zd_kernel.ids import uuid7

SCHOOL, OTHER_SCHOOL = "52030001", "52030002"
HOME = 52030100
TERM, REFERENCE = "2567/1", date(2024, 6, 10)
LAST_YEAR = "2566/2"
IN_TIME = datetime(2024, 6, 1, tzinfo=UTC)
BEFORE = datetime(2023, 11, 10, tzinfo=UTC)

_CHILD = """
INSERT INTO child (id, area, given_name, family_name, birth_date, birth_precision, sex, registered_import_id, gone_kind,
    gone_date, version, created_at, updated_at)
VALUES ($1, $2, $3, 'ตัวอย่าง', $4, $5, 'unknown', $6, $7, $8, 1, now(), now())
"""
_ORGANISATION = """
INSERT INTO organisation (code, kind, name_th, area, position_from, position_to, next_position, version, changed_by,
    updated_at)
SELECT $1, 'school', 'โรงเรียน ' || $1, $2, n, n, n + 1, 1, 'tester', now()
FROM (SELECT coalesce(max(position_to), 999) + 1 AS n FROM organisation) o
ON CONFLICT (code) DO UPDATE SET area = excluded.area
"""
_ENROLMENT = """
INSERT INTO enrolment (id, child_id, area, organisation, organisation_position, term, grade, import_id, feed_id,
    ended_date, ended_import_id, created_at)
VALUES (uuidv7(), $1, coalesce((SELECT area FROM child WHERE id = $1), $2), $3, 100, $4, $5, $6, $7, $8, $9, $10)
"""
_RECORD = """
INSERT INTO unlinked_record (id, area, import_id, row, feed_id, kind, term, given_name, family_name, given_key,
    family_key, given_lk82, family_lk82, given_udom83, family_udom83, birth_precision, sex, id_problem, state,
    child_id, created_at)
VALUES ($1, $2, $1, 1, $1, 'enrolment', $3, 'ก', 'ข', '', '', '', '', '', '', 'day', 'unknown', 'none', $4, $5, now())
"""
_REFUSED = """
WITH numbered AS (
    UPDATE child SET citizen_id_index = coalesce(citizen_id_index, id::text) WHERE id = $2 RETURNING citizen_id_index
), file AS (
    INSERT INTO file_import (id, kind, term, agency, created_by, scope_areas, scope_organisations, columns, job_id,
        format, sha256, complete, auto_commit, phase, rows, accepted, unchanged, rejected, unlinked, created_at)
    VALUES ($1, 'enrolment', $3, 'สพป.ลำปาง', 'tester', '{[10000000,99999999]}', '{}', '[]', $1,
        'csv', '', true, false, 'committed', 1, 0, 0, 1, 0, now())
)
INSERT INTO import_row (import_id, row, reason, citizen_id_index, id_problem, removed)
SELECT $1, 2, 'birth_date_impossible', citizen_id_index, 'none', false FROM numbered
"""


@dataclass
class World:
    """Everything is put in past every right and policy, as imports leave it."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    numbers: dict[UUID, int] = field(default_factory=dict)

    async def child(self, **overrides: Any) -> UUID:
        """Born 13 February 2013 at Lampang Luang, in the population register."""
        row: dict[str, Any] = {
            "id": uuid7(), "area": HOME, "given_name": f"สมมุติ{len(self.numbers) + 1}", "birth_date": date(2013, 2, 13),
            "birth_precision": "day", "registered_import_id": UUID(int=1), "gone_kind": None, "gone_date": None,
        } | overrides  # fmt: skip
        self.numbers[row["id"]] = len(self.numbers) + 1
        await self.connection.execute(_CHILD, *row.values())
        return cast(UUID, row["id"])

    async def children(self, count: int, **overrides: Any) -> list[UUID]:
        return [await self.child(**overrides) for _ in range(count)]

    async def stands(self, organisation: str, area: int = HOME) -> None:
        """In the tree of organisations: where the school is."""
        await self.connection.execute(_ORGANISATION, organisation, area)

    async def feed(self, agency: str = "สพป.ลำปาง", kind: str = "enrolment", owed: str | None = "term") -> UUID:
        feed_id = uuid7()
        await self.connection.execute(
            "INSERT INTO feed (id, agency, kind, name, owed, scope_areas, created_at)"
            " VALUES ($1, $2, $3, '', $4, '{}', now())",
            feed_id, agency, kind, owed,
        )  # fmt: skip
        return feed_id

    async def delivery(
        self, feed_id: UUID, term: str | None = TERM, at: datetime = IN_TIME, *, rows: int = 1, complete: bool = True
    ) -> UUID:
        import_id = uuid7()
        await self.connection.execute(
            "INSERT INTO feed_delivery VALUES ($1, $2, $3, $4, $5, $6)", import_id, feed_id, term, at, complete, rows
        )
        return import_id

    async def enrol(
        self,
        children: Sequence[UUID],
        term: str = TERM,
        *,
        grade: str = "P6",
        organisation: str = SCHOOL,
        feed_id: UUID | None = None,
        import_id: UUID | None = None,
        ended_by: UUID | None = None,
    ) -> None:
        ended = (date(2024, 6, 1), ended_by) if ended_by else (None, None)
        at = IN_TIME if term == TERM else BEFORE
        rows = [
            (child, HOME, organisation, term, grade, import_id or UUID(int=2), feed_id, *ended, at)
            for child in children
        ]
        await self.connection.executemany(_ENROLMENT, rows)

    async def place(self, child_id: UUID, kind: str = "training", started: date = date(2024, 6, 1)) -> None:
        await self.connection.execute(
            "INSERT INTO placement (placement_id, case_id, child_id, area, kind, started_date)"
            " VALUES (uuidv7(), uuidv7(), $1, $2, $3, $4)", child_id, HOME, kind, started,
        )  # fmt: skip

    async def review(self, child_id: UUID | None, term: str = TERM, state: str = "review") -> UUID:
        """A record of the term that may be this child waits for a decision."""
        record_id = uuid7()
        await self.connection.execute(_RECORD, record_id, HOME, term, state, child_id)
        return record_id

    async def refused(self, child_id: UUID, feed_id: UUID, at: datetime = IN_TIME, *, complete: bool = True) -> UUID:
        """A list of the term has a row with the child's ID that was refused for another fault."""
        import_id = await self.delivery(feed_id, at=at, complete=complete)
        await self.connection.execute(_REFUSED, import_id, child_id, TERM)
        return import_id

    async def candidate(self, record_id: UUID, child_id: UUID) -> None:
        await self.connection.execute(
            "INSERT INTO link_candidate (record_id, candidate_id, area, rank, weight, fields)"
            " VALUES ($1, $2, $3, 1, 5.0, '{}')", record_id, child_id, HOME,
        )  # fmt: skip

    async def verdicts(self) -> dict[UUID, tuple[str, str | None, str]]:
        rows = await self.connection.fetch("SELECT child_id, status, missing_kind, reason FROM learning_state")
        return {row["child_id"]: (row["status"], row["missing_kind"], row["reason"]) for row in rows}

    async def verdict(self, child_id: UUID) -> tuple[str, str | None, str]:
        return (await self.verdicts())[child_id]
