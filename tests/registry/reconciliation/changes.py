"""What may happen to the people of a province between two runs."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from random import Random
from uuid import UUID

from tests.registry.reconciliation.builders import HOME, LAST_YEAR, OTHER_SCHOOL, SCHOOL, TERM, World

GRADES = ("P4", "P6", "M3", "M6")


class Changes:
    """Drawn by seed."""

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
