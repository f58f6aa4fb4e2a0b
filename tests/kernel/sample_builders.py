"""Rows of the sample service, put there past its doors."""

from uuid import UUID

import asyncpg

from zd_kernel.ids import uuid7


async def create_item(url: str, *, area: int = 52030100, organisation: int = 0, name: str | None = None) -> UUID:
    """`url` must be the administrator's, whom no policy binds."""
    item_id = uuid7()
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    try:
        await connection.execute(
            "INSERT INTO item (id, area, organisation, name, version) VALUES ($1, $2, $3, $4, 1)",
            item_id, area, organisation, name or f"item {item_id}",
        )  # fmt: skip
    finally:
        await connection.close()
    return item_id


async def fetch(url: str, query: str, *args: object) -> list[asyncpg.Record]:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    try:
        return await connection.fetch(query, *args)
    finally:
        await connection.close()
