"""A run that judges only whom something is new of gives what a run over everybody gives."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from tests.registry.conftest import Registry
from tests.registry.reconciliation.builders import HOME, LAST_YEAR, OTHER_SCHOOL, SCHOOL, TERM, World
from zd_registry.reconciliation import selecting

ROUNDS = 7
GRADES = ("P4", "P6", "M3", "M6")
KEPT = (
    "learning_state", "learning_change", "outbox_staged", "reconciliation_mark", "reconciliation_run",
    "reconciliation_feed", "reconciliation_finding", "indicator_group",
)  # fmt: skip
CELLS = """
SELECT x.area, x.organisation, x.organisation_position, n.* FROM indicator_group x CROSS JOIN LATERAL unnest(
    x.age, x.sex, x.compulsory, x.status, x.feed_id, x.children, x.enrolled_twice, x.not_in_register, x.returned) n
WHERE run_id = $1
"""
TOLD = ("examined", "in_school", "missing", "newly_missing", "returned", "by_status", "by_missing_kind", "changes")


class Changes:
    """What may happen to the people of a province between two runs, drawn by seed."""

    def __init__(self, world: World, rng: Random) -> None:
        self.world = world
        self.rng = rng
        self.children: list[UUID] = []
        self.feeds: list[UUID] = []
        self.reference = date(2024, 6, 10)

    async def begin(self) -> None:
        self.feeds = [await self.world.feed(agency) for agency in ("สพป.ลำปาง", "สช.ลำปาง")]
        for feed in self.feeds:
            await self.world.delivery(feed, LAST_YEAR)
            await self.world.delivery(feed)
        for _ in range(30):
            await self.registered()
        for _ in range(30):
            await self.listed()

    async def some(self) -> None:
        kinds: list[Callable[[], Awaitable[None]]] = [
            self.registered, self.listed, self.listed, self.left_out, self.taken_back, self.moved, self.corrected,
            self.gone, self.placed, self.doubted, self.decided, self.merged, self.erased, self.visited, self.delivered,
            self.time_passed, self.refused, self.settled,
        ]  # fmt: skip
        for _ in range(self.rng.randint(1, 5)):
            await self.rng.choice(kinds)()

    async def registered(self) -> None:
        born = date(2024, 6, 13) - timedelta(days=self.rng.choice((365 * 3, 365 * 10, 365 * 15, 6940, 6943)))
        known = self.rng.choice((UUID(int=1), UUID(int=1), None))
        self.children.append(await self.world.child(birth_date=born, registered_import_id=known))

    async def listed(self) -> None:
        child = self.rng.choice(self.children)
        where = (self.rng.choice((TERM, TERM, LAST_YEAR)), self.rng.choice((SCHOOL, OTHER_SCHOOL)))
        if not await self.world.connection.fetchval(
            "SELECT count(*) FROM enrolment WHERE child_id = $1 AND term = $2 AND organisation = $3", child, *where
        ):
            feed = self.rng.choice((*self.feeds, None))
            await self.world.enrol(
                [child], where[0], organisation=where[1], grade=self.rng.choice(GRADES), feed_id=feed
            )

    async def left_out(self) -> None:
        await self._of("enrolment", "UPDATE enrolment SET ended_date = '2024-06-02' WHERE id = $1")

    async def taken_back(self) -> None:
        await self._of("enrolment", "DELETE FROM enrolment WHERE id = $1")

    async def moved(self) -> None:
        child, area = self.rng.choice(self.children), self.rng.choice((52030100, 52030200, 50010100, 0, 0))
        await self.world.connection.execute("UPDATE child SET area = $2 WHERE id = $1", child, area)
        for table in ("learning_state", "learning_change", "enrolment", "placement", "reconciliation_finding"):
            await self.world.connection.execute(f"UPDATE {table} SET area = $2 WHERE child_id = $1", child, area)

    async def settled(self) -> None:
        """It becomes known where a school stands, or that it stands elsewhere."""
        await self.world.stands(self.rng.choice((SCHOOL, OTHER_SCHOOL)), self.rng.choice((HOME, HOME, 50010100)))

    async def corrected(self) -> None:
        child, days = self.rng.choice(self.children), self.rng.randint(0, 4)
        await self.world.connection.execute(
            "UPDATE child SET birth_date = birth_date + $2::int, birth_precision = $3 WHERE id = $1",
            child, days, self.rng.choice(("day", "month", "year")),
        )  # fmt: skip

    async def gone(self) -> None:
        child, on = self.rng.choice(self.children), date(2024, 6, self.rng.randint(1, 20))
        await self.world.connection.execute(
            "UPDATE child SET gone_kind = 'moved_away', gone_date = $2 WHERE id = $1", child, on
        )

    async def placed(self) -> None:
        started = date(2024, 6, self.rng.randint(1, 20))
        await self.world.place(self.rng.choice(self.children), started=started)
        await self._of("placement", "UPDATE placement SET ended_date = started_date + 5 WHERE placement_id = $1")

    async def doubted(self) -> None:
        record = await self.world.review(self.rng.choice((None, self.rng.choice(self.children))))
        await self.world.candidate(record, self.rng.choice(self.children))

    async def decided(self) -> None:
        await self._of("unlinked_record", "UPDATE unlinked_record SET state = 'refused' WHERE id = $1")
        await self._of("link_candidate", "DELETE FROM link_candidate WHERE record_id = $1")

    async def merged(self) -> None:
        """What one school said of a child is another child's."""
        await self._of(
            "enrolment",
            "UPDATE enrolment e SET child_id = $2 WHERE id = $1 AND NOT EXISTS (SELECT FROM enrolment o"
            " WHERE o.child_id = $2 AND o.term = e.term AND o.organisation = e.organisation)",
            self.rng.choice(self.children),
        )

    async def erased(self) -> None:
        child = self.children.pop(self.rng.randrange(len(self.children)))
        for statement in ("UPDATE unlinked_record SET child_id = NULL WHERE child_id = $1",
                          "DELETE FROM link_candidate WHERE candidate_id = $1",
                          "DELETE FROM placement WHERE child_id = $1", "DELETE FROM child WHERE id = $1"):  # fmt: skip
            await self.world.connection.execute(statement, child)

    async def visited(self) -> None:
        await self.world.connection.execute(
            "UPDATE learning_state SET verified_at = judged_at, verified_by = 'visit', version = version + 1"
            " WHERE child_id = $1 AND missing_kind IS NOT NULL",
            self.rng.choice(self.children),
        )

    async def delivered(self) -> None:
        feed = self.rng.choice(self.feeds)
        if self.rng.random() < 0.3:
            await self.world.connection.execute(
                "UPDATE feed_delivery SET withdrawn_at = now() WHERE feed_id = $1 AND term = $2", feed, TERM
            )
        else:
            await self.world.delivery(feed, at=await self.world.connection.fetchval("SELECT now()"))

    async def refused(self) -> None:
        """A list with a row that names somebody and was refused; sometimes an older one that is withdrawn."""
        feed, at = self.rng.choice(self.feeds), await self.world.connection.fetchval("SELECT now()")
        await self.world.refused(self.rng.choice(self.children), feed, at, complete=self.rng.random() < 0.5)
        if self.rng.random() < 0.3:
            await self._of("import_row", "DELETE FROM import_row WHERE import_id = $1")

    async def time_passed(self) -> None:
        self.reference += timedelta(days=self.rng.randint(1, 3))

    async def _of(self, table: str, statement: str, *args: object) -> None:
        key = {"placement": "placement_id", "link_candidate": "record_id", "import_row": "import_id"}.get(table, "id")
        rows = await self.world.connection.fetch(f"SELECT {key} AS id FROM {table} ORDER BY 1")
        if rows:
            await self.world.connection.execute(statement, self.rng.choice(rows)["id"], *args)


async def outcome(world: World, run: dict[str, Any]) -> dict[str, Any]:
    """All that a run leaves, without what is another one for every run."""

    async def rows(query: str, *args: object) -> list[str]:
        return sorted(
            repr([str(value).replace(run["id"], "run") for value in row.values()])
            for row in await world.connection.fetch(query, *args)
        )

    return {
        "told": {name: run[name] for name in TOLD},
        "states": await rows("SELECT * FROM learning_state"),
        "changes": await rows(
            "SELECT child_id, area, from_status, to_status, missing_kind, reason, run_id, evidence FROM learning_change"
        ),
        "events": await rows("SELECT type, key, area, data FROM outbox_staged"),
        "findings": await rows(
            "SELECT kind, area, child_id FROM reconciliation_finding WHERE run_id = $1", UUID(run["id"])
        ),
        "cells": await rows(CELLS, UUID(run["id"])),
    }


async def kept(world: World) -> dict[str, Any]:
    return {
        table: await world.connection.fetchval(f"SELECT coalesce(json_agg(t), '[]')::text FROM {table} t")
        for table in KEPT
    }


async def put_back(world: World, before: dict[str, Any]) -> None:
    """As if the run had not been: past every trigger."""
    await world.connection.execute("SET session_replication_role = replica")
    for table, rows in before.items():
        await world.connection.execute(f"DELETE FROM {table}")
        await world.connection.execute(
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::{table}, $1)",
            rows,
        )
    await world.connection.execute("SET session_replication_role = origin")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_judging_only_whom_something_is_new_of_gives_what_judging_everybody_gives(
    registry: Registry, world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(selecting, "MOST_CHOSEN", 100.0)
    monkeypatch.setitem(vars(registry.settings), "reconciliation_page", 3)
    changes = Changes(world, Random(seed))
    await changes.begin()
    await registry.office.reconcile(mark_younger=True)
    only_some = 0
    for _ in range(ROUNDS):
        await changes.some()
        asked: dict[str, Any] = {"mark_younger": True, "reference_date": changes.reference.isoformat()}
        before = await kept(world)
        everybody = await registry.office.reconcile(everybody=True, **asked)
        wanted = await outcome(world, everybody)
        await put_back(world, before)
        some = await registry.office.reconcile(**asked)
        assert everybody["base_run_id"] is None
        only_some += some["base_run_id"] is not None
        assert await outcome(world, some) == wanted
    assert only_some >= ROUNDS / 2


async def test_the_same_run_again_judges_nobody_and_tells_nothing(registry: Registry, world: World) -> None:
    await world.enrol((await world.children(20))[::2])
    first = await registry.office.reconcile()
    told = await registry.event_counts()
    again = await registry.office.reconcile()
    assert (again["base_run_id"], again["examined"], again["missing"]) == (first["id"], 20, 10)
    assert (await registry.event_counts(), again["newly_missing"], again["by_status"]) == (told, 0, first["by_status"])


@pytest.mark.parametrize("other", [{"age_to": 17}, {"term": "2567/2"}, {"mark_younger": True}, {"everybody": True}])
async def test_who_asks_otherwise_has_everybody_judged(registry: Registry, world: World, other: dict[str, Any]) -> None:
    await world.children(3)
    await registry.office.reconcile()
    assert (await registry.office.reconcile(**other))["base_run_id"] is None


async def test_a_run_over_some_of_the_areas_is_nothing_to_build_upon(registry: Registry, world: World) -> None:
    await world.children(3, area=HOME)
    await registry.office.reconcile()
    await registry.caller(areas=["5203"]).reconcile(reference_date="2024-06-11")
    assert (await registry.office.reconcile())["base_run_id"] is None
