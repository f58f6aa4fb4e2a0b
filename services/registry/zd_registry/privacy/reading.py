"""A correction as values of the child's columns. Pure."""

from typing import Any

from zd_kernel.problems import FieldError, Invalid
from zd_kernel.scope import area_code
from zd_registry.privacy.schemas import ChildCorrection
from zd_registry.values.faults import RowFault
from zd_registry.values.identifiers import identifier
from zd_registry.values.names import given_name, name
from zd_registry.values.schemas import REASONS


def read_correction(wanted: ChildCorrection) -> dict[str, Any]:
    """Columns of `child`, with `citizen_id` in the clear. Raises Invalid with every field that cannot be taken."""
    faults: list[FieldError] = []
    read: dict[str, Any] = {}
    for field in sorted(wanted.model_fields_set - {"reason"}):
        try:
            read |= _field(wanted, field)
        except RowFault as fault:
            said = REASONS[fault.reason]
            faults.append(FieldError(f"/{field}", fault.reason, said.th, said.en))
    if faults:
        raise Invalid(
            "correction_wrong", "ค่าที่แก้ไขไม่ถูกต้อง โปรดแก้ตามรายการ", "Some values are wrong. Correct what is listed.",
            errors=faults,
        )  # fmt: skip
    if read.get("birth_date") is not None and read.get("birth_precision") is None:
        read["birth_precision"] = "day"
    return read


def _field(wanted: ChildCorrection, field: str) -> dict[str, Any]:
    value = getattr(wanted, field)
    if field == "given_name":
        return {"given_name": given_name(value or "", titled=False)[0]}
    if field == "family_name":
        return {"family_name": name(value or "")}
    if field == "sex":
        return {"sex": value or "unknown"}
    if field == "citizen_id":
        return {"citizen_id": None if value is None else _citizen_id(value)}
    if field == "area":
        return {"area": area_code(value)}
    if field == "birth_precision" and value is None:
        return {}
    return {field: value}


def _citizen_id(text: str) -> str:
    found = identifier(text)
    if found.kind != "citizen_id":
        raise RowFault(found.problem or "citizen_id_malformed")
    return found.value
