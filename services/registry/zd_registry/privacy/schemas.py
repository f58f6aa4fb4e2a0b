"""HTTP types of a person's rights over their data."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Area, Instant


class Access(Resource):
    """Somebody, or the system for somebody, worked with the child's record."""

    at: Instant
    actor: Annotated[
        str | None,
        Field(
            description="Who: a subject of the issuer, or `system:…`; null where only the agency is told",
            examples=["officer"],
        ),
    ]
    on_behalf_of: Annotated[
        str | None, Field(description="The user whom a service acted for", examples=["officer"])
    ] = None
    agency: Annotated[
        str | None,
        Field(description="The agency of who acted, or whose file it was", examples=["lampang-education-office"]),
    ] = None
    purpose: Annotated[
        str,
        Field(description="Why, in the caller's own word; without one, the action's name", examples=["list_children"]),
    ]
    action: Annotated[str, Field(description="What was done, stable code", examples=["read_profile"])]
    action_th: Annotated[str, Field(description="What was done, in Thai", examples=["เปิดดูรายชื่อเด็ก"])]
    action_en: Annotated[str, Field(description="What was done, in English", examples=["Looked at a list"])]
    outcome: Annotated[str, Field(description="`ok`, or the code of what the caller was told instead", examples=["ok"])]
    import_id: Annotated[UUID | None, Field(description="The file that named the child")] = None
    run_id: Annotated[UUID | None, Field(description="The reconciliation run that judged the child")] = None


class PersonExport(Resource):
    """All that the registry keeps about one person, with numbers in full, for the person or their guardian.

    PDPA, sections 30 and 31: a copy in a form that a machine can read.
    """

    format: Annotated[str, Field(description="Name and version of this form", examples=["zero-dropout-person/1"])]
    exported_at: Instant
    child_id: Annotated[UUID, Field(description="The child")]
    held: Annotated[
        dict[str, list[dict[str, Any]]],
        Field(
            description="By kind of record: child, former_ids, identifiers, enrolments, placements, learning_state,"
            " learning_changes, findings, guardians, household, residences, needs, consents, corrections,"
            " linked_records, changes_by_files. Dates ISO 8601, C.E.; areas as 8-digit DOPA codes",
            examples=[{"child": [{"given_name": "สมมุติ", "citizen_id": "0500000000015"}], "enrolments": []}],
        ),
    ]
    access_log: Annotated[list[Access], Field(description="Who worked with the record, the latest first")]


class ChildCorrection(Request):
    """What is right instead. Only the fields that are given change; null says that it is not known."""

    model_config = example(reason="ตามสูติบัตร", given_name="สมหญิง", birth_date="2013-02-14")

    reason: Annotated[
        str,
        Field(min_length=3, max_length=300, description="Why, and by which document", examples=["ตามสูติบัตร"]),
    ]
    given_name: Annotated[str | None, Field(max_length=120, description="Without a title", examples=["สมหญิง"])] = None
    family_name: Annotated[
        str | None, Field(max_length=120, description="Empty for who has none", examples=["ตัวอย่าง"])
    ] = None
    nickname: Annotated[str | None, Field(max_length=60, description="What the child is called", examples=["หญิง"])] = (
        None
    )
    birth_date: Annotated[
        date | None, Field(description="ISO 8601, C.E.; of a month or a year its first day", examples=["2013-02-14"])
    ] = None
    birth_precision: Annotated[
        Literal["day", "month", "year"] | None,
        Field(description="How much of the date is known; day if it is not said"),
    ] = None
    sex: Annotated[Literal["male", "female", "unknown"] | None, Field(description="Sex as registered")] = None
    nationality: Annotated[
        str | None, Field(pattern="^[A-Z]{3}$", description="ISO 3166 alpha-3", examples=["THA"])
    ] = None
    home_language: Annotated[str | None, Field(pattern="^[a-z]{3}$", description="ISO 639-3", examples=["tha"])] = None
    citizen_id: Annotated[
        str | None,
        Field(
            max_length=30,
            description="13 digits with a right check digit, dashes allowed",
            examples=["0-5000-00000-01-5"],
        ),
    ] = None
    area: Annotated[Area | None, Field(description="Where the child lives, within your areas", examples=["520302"])] = (
        None
    )
    gone_kind: Annotated[
        Literal["deceased", "moved_abroad", "moved_away"] | None, Field(description="Why the child is no longer there")
    ] = None
    gone_date: Annotated[date | None, Field(description="Since when, ISO 8601, C.E.")] = None


class CorrectedField(Resource):
    """One field that a person corrected. What stood there before is in the person's own copy of their data."""

    at: Instant
    field: Annotated[str, Field(description="Name of the field", examples=["birth_date"])]
    reason: Annotated[str, Field(description="Why, as the corrector said", examples=["แก้ตามเอกสาร"])]
    actor: Annotated[str, Field(description="Who corrected it", examples=["officer"])]
    agency: Annotated[str, Field(description="The corrector's agency", examples=["lampang-education-office"])]


class Rotation(Resource):
    """The passing of everything hashed or sealed to the keys that were current when it began."""

    id: Annotated[UUID, Field(description="The rotation")]
    job_id: Annotated[UUID, Field(description="The job that does it: /v1/jobs/{job_id}")]
    field_key: Annotated[str, Field(description="Id of the key for sealed values", examples=["k2"])]
    index_key: Annotated[str, Field(description="Id of the key for hashes", examples=["k2"])]
    renewed: Annotated[int, Field(ge=0, description="Rows that got new values")]
    created_at: Instant
    finished_at: Annotated[Instant | None, Field(description="Null while it runs")] = None
