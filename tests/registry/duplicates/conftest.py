import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest_asyncio

from tests.registry.builders import a_child, a_pupil
from tests.registry.conftest import EVERY_SCOPE, Caller, Everything, Registry
from zd_registry.duplicates.catalogue import child_columns

Rows = dict[str, list[Any]]


class Reviewer:
    """An officer who decides whether two records are one child."""

    def __init__(self, registry: Registry, everything: Everything, **claims: Any) -> None:
        self.registry = registry
        self.everything = everything
        scopes = (*EVERY_SCOPE, "registry:review")
        self.caller: Caller = registry.caller(
            **({"areas": ["52"], "organisations": ["5203"], "scopes": scopes} | claims)
        )

    async def report(self, one: UUID, other: UUID) -> httpx.Response:
        return await self.caller.post("/v1/duplicates", {"first_child_id": str(one), "second_child_id": str(other)})

    async def decide(self, pair: httpx.Response, decision: str, **said: Any) -> httpx.Response:
        """On a pair as it was read."""
        headers = self.caller.headers | {"Idempotency-Key": str(uuid4()), "If-Match": pair.headers["ETag"]}
        body = {"decision": decision, "reason": "สูติบัตร"} | {name: str(value) for name, value in said.items()}
        return await self.caller.http.post(f"/v1/duplicates/{pair.json()['id']}/decision", json=body, headers=headers)

    async def ask_merge(self, survivor: UUID, merged: UUID) -> None:
        pair = await self.report(survivor, merged)
        assert pair.status_code == 201, pair.text
        answer = await self.decide(pair, "same", survivor=survivor)
        assert answer.status_code == 200, answer.text

    async def merge(self, survivor: UUID, merged: UUID) -> dict[str, Any]:
        await self.ask_merge(survivor, merged)
        await self.registry.work()
        made: dict[str, Any] = (await self.caller.get("/v1/merges")).json()["items"][0]
        assert (made["state"], made["survivor_id"], made["merged_id"]) == ("merged", str(survivor), str(merged))
        return made

    async def undo(self, merge: dict[str, Any]) -> httpx.Response:
        answer = await self.caller.post(f"/v1/merges/{merge['id']}/undo", {"reason": "คนละคน"})
        await self.registry.work()
        return answer

    async def unmerge(self, merge: dict[str, Any]) -> dict[str, Any]:
        answer = await self.undo(merge)
        assert answer.status_code == 202, answer.text
        listed = (await self.caller.get("/v1/merges", child_id=merge["survivor_id"])).json()["items"]
        (undone,) = [item for item in listed if item["id"] == merge["id"]]
        assert undone["state"] == "undone"
        return dict(undone)

    async def everything_about_children(self) -> Rows:
        """Every row of every table that has to do with a child, but for the reviewers' own."""
        columns = await child_columns(self.everything.connection)
        held: Rows = {}
        for table in sorted({at.table for at in columns} | {"child", "guardian", "household"}):
            rows = await self.everything.connection.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} t")
            held[table] = sorted((json.loads(row["row"]) for row in rows), key=str)
        return held


def without_versions(rows: Rows) -> Rows:
    """The version of a child never goes back; the withdrawal of an import asks for it."""
    return {
        table: [
            {n: v for n, v in row.items() if n != "version" or table not in {"child", "import_effect"}} for row in held
        ]
        for table, held in rows.items()
    }


@pytest_asyncio.fixture
async def reviewer(registry: Registry, everything: Everything) -> AsyncIterator[Reviewer]:
    yield Reviewer(registry, everything)


async def two_records(reviewer: Reviewer) -> tuple[UUID, UUID]:
    """One child twice: in the register, and by a wrong number in the list of a school that has no residence."""
    office = reviewer.caller
    await office.take_in("population", [a_child(1), a_child(2, area="520302")])
    await office.take_in("enrolment", [a_pupil(2), a_pupil(3, given_name="สมมุติ3", birth_date="2556-02-13")])
    return await office.child_id(1), await office.child_id(3)
