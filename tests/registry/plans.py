"""What a query reads, as the app role."""

import json
from collections.abc import Iterator
from typing import Any

from tests.registry.conftest import Registry
from zd_kernel.scope import Scope


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan that read a table or an index."""
    if "Scan" in node["Node Type"]:
        yield node
    for child in node.get("Plans", ()):
        yield from scans(child)


async def explain(registry: Registry, scope: Scope, query: str, *args: object) -> list[dict[str, Any]]:
    async with registry.database.read(scope) as session:
        row = await session.fetchrow(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *args)
        assert row is not None
        return list(scans(json.loads(row[0])[0]["Plan"]))


def rows_read(scan: dict[str, Any]) -> float:
    return float((scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"])
