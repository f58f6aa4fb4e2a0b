"""HTTP types of the child registry."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, Version
from zd_contracts.fields import Area, Instant, LearningStatus, MissingKind, Term

Age = Annotated[int, Field(ge=0, le=25, description="Age in whole years on the reference date")]
JobId = Annotated[UUID, Field(description="The job that does it: steps and progress at /v1/jobs/{job_id}, for a month")]
Count = Annotated[int, Field(ge=0)]


class Child(Resource):
    """A child of the register. The citizen ID is not here: reading it needs `registry:identify`."""

    id: Annotated[UUID, Field(description="The child, one id for ever")]
    given_name: Annotated[str, Field(description="Given name as registered")]
    family_name: Annotated[str, Field(description="Family name as registered")]
    birth_date: Annotated[
        date | None,
        Field(description="Birth date, ISO 8601, C.E., or the earliest that it can be; null when unknown"),
    ]
    birth_precision: Annotated[
        Literal["day", "month", "year"], Field(description="How much of the birth date is known")
    ] = "day"
    sex: Annotated[Literal["male", "female", "unknown"], Field(description="Sex as registered")]
    area: Annotated[Area | None, Field(description="DOPA code of residence, 6 or 8 digits; null when unknown")]
    learning_status: LearningStatus
    missing_kind: Annotated[MissingKind | None, Field(description="Only while out of school")] = None
    version: Version
    updated_at: Instant


ImportKind = Annotated[Literal["population", "enrolment"], Field(description="Which register the file holds")]


class ImportJob(Resource):
    """An uploaded file and what became of its rows."""

    id: Annotated[UUID, Field(description="The import")]
    job_id: JobId
    kind: ImportKind
    term: Annotated[Term | None, Field(description="School term of an enrolment file")] = None
    status: Annotated[Literal["uploaded", "running", "done", "failed"], Field(description="How far it is")]
    rows: Annotated[Count, Field(description="Rows in the file, without the header")]
    accepted: Annotated[Count, Field(description="Rows that were new or changed something")]
    unchanged: Annotated[Count, Field(description="Rows that said what was known")]
    rejected: Annotated[Count, Field(description="Rows with an error; the errors file names each")]
    progress: Annotated[int, Field(ge=0, le=100, description="Per cent of the work done")]
    error_code: Annotated[str | None, Field(description="Stable code of what stopped the import")] = None
    created_at: Instant


class NewReconciliation(Request):
    """Who of the population is in no enrolment list of a term?"""

    term: Term
    reference_date: Annotated[date, Field(description="Day at which ages are reckoned, ISO 8601, C.E.")]
    age_from: Age = 3
    age_to: Age = 18


class Reconciliation(Resource):
    """A reconciliation run and its figures."""

    id: Annotated[UUID, Field(description="The run")]
    job_id: JobId
    term: Term
    reference_date: Annotated[date, Field(description="Day at which ages were reckoned, ISO 8601, C.E.")]
    age_from: Age
    age_to: Age
    status: Annotated[Literal["queued", "running", "done", "failed"], Field(description="How far it is")]
    examined: Annotated[Count, Field(description="Children of these ages")]
    in_school: Annotated[Count, Field(description="Of them, in an enrolment list of the term")]
    missing: Annotated[Count, Field(description="Of them, out of school")]
    newly_missing: Annotated[Count, Field(description="Of those, not known as missing before this run")]
    returned: Annotated[Count, Field(description="Children missing before and enrolled now")]
    progress: Annotated[int, Field(ge=0, le=100, description="Per cent of the work done")]
    error_code: Annotated[str | None, Field(description="Stable code of what stopped the run")] = None
    created_at: Instant
