from collections.abc import Mapping
from typing import Any

from asyncpg import Record

from zd_contracts.api.reconciliation import AreaResult, Finding, StatusChange
from zd_registry.children.schemas import area_text
from zd_registry.outcomes.rules import KINDS, age_on, thai_date, thai_sex, yes_no
from zd_registry.reconciliation.rules import compulsory_births, has_passed_compulsory
from zd_registry.values.grades import thai_grade


def result_from(row: Record) -> AreaResult:
    """From a row of `queries.RESULTS`."""
    kind = row["missing_kind"] or None
    return AreaResult.model_validate({**row, "area": area_text(row["area"]), "missing_kind": kind})


def change_from(row: Record) -> StatusChange:
    """From a row of `queries.CHANGES`."""
    return StatusChange.model_validate({**row, "area": area_text(row["area"])})


def finding_from(row: Record) -> Finding:
    """From a row of `queries.FINDINGS`."""
    return Finding.model_validate({**row, "area": area_text(row["area"])})


def missing_cells(number: int, row: Record, run: Record, law: Mapping[str, Any]) -> list[str]:
    """A row of `queries.MISSING` under `rules.HEADER`."""
    born, day = row["birth_date"], run["reference_date"]
    first, after = compulsory_births(day.year, **law)
    of_age = born is not None and first <= born < after
    return [
        str(number),
        row["given_name"],
        row["family_name"],
        thai_sex(row["sex"]),
        thai_date(born, row["birth_precision"]),
        age_on(born, day),
        area_text(row["area"]) or "",
        KINDS[row["missing_kind"]],
        row["organisation"] or "",
        thai_grade(row["grade"]),
        row["term"] or "",
        yes_no(of_age and not has_passed_compulsory(row["reason"], row["grade"])),
        yes_no(row["verified"]),
        str(row["id"]),
    ]
