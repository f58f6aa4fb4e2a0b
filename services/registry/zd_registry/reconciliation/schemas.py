import json

from asyncpg import Record

from zd_contracts.api.reconciliation import Reconciliation


def run_from(row: Record) -> Reconciliation:
    """From a row of `queries.RUN`."""
    figures, waiting = json.loads(row["figures"]), json.loads(row["watermarks"])
    return Reconciliation.model_validate(
        {
            **row,
            "parameters": json.loads(row["parameters"]),
            "by_status": figures.get("status", {}),
            "by_missing_kind": figures.get("missing_kind", {}),
            "compulsory_missing": figures.get("compulsory_missing", {}).get("children", 0),
            **figures.get("finding", {}),
            "changes": figures.get("change", {}),
            **{name: waiting.get(name, 0) for name in ("unlinked_waiting", "refused_unnamed")},
            "questions": json.loads(row["questions"]),
            "undelivered": json.loads(row["undelivered"]),
            "status": row["state"],
            "progress": _percent(row),
        }
    )


def _percent(row: Record) -> int:
    if row["state"] == "done":
        return 100
    total = row["progress_total"]
    return min(99, 100 * row["progress_done"] // total) if total else 0
