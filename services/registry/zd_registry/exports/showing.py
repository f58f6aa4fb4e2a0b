import json

from asyncpg import Record

from zd_registry.exports.schemas import ExportJob


def export_from(row: Record) -> ExportJob:
    """From a row of `queries.EXPORT`."""
    return ExportJob.model_validate({**row, "columns": json.loads(row["columns"])})
