from asyncpg import Record

from zd_contracts.api.registry import Reconciliation


def run_from(row: Record) -> Reconciliation:
    """From a row of `queries.RUN`."""
    return Reconciliation.model_validate({**row, "status": row["state"], "progress": _percent(row)})


def _percent(row: Record) -> int:
    if row["state"] == "done":
        return 100
    total = row["progress_total"]
    return min(99, 100 * row["progress_done"] // total) if total else 0
