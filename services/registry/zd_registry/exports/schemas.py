from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.api.registry import Count, JobId
from zd_contracts.fields import Instant, LearningStatus, Residence, Term

What = Annotated[
    Literal["children", "missing", "enrolments", "indicators", "link_reviews"],
    Field(
        description="children: of your areas and lists. missing: those out of learning now. enrolments: their lists."
        " indicators: the figures of a run. link_reviews: records that wait for a reviewer"
    ),
]
FileFormat = Annotated[
    Literal["csv", "parquet", "xlsx"],
    Field(description="csv and xlsx: Thai headers, dates in both eras. parquet: typed, English names and codes"),
]


class NewExport(Request):
    """A file of any number of rows."""

    model_config = example(what="missing", format="xlsx", areas=["520301"])

    what: What
    format: FileFormat = "csv"
    areas: Annotated[
        list[Residence] | None,
        Field(max_length=200, description="Only these areas; `0`: of unknown residence", examples=[["520301"]]),
    ] = None
    organisation: Annotated[
        str | None,
        Field(
            max_length=100, description="Only the lists of this organisation and those below it", examples=["52030001"]
        ),
    ] = None
    status: Annotated[LearningStatus | None, Field(description="Only children of this learning status")] = None
    term: Annotated[Term | None, Field(description="Only enrolments of this term")] = None
    run_id: Annotated[UUID | None, Field(description="Whose figures; for indicators only, and needed there")] = None
    columns: Annotated[
        list[str] | None,
        Field(
            min_length=1,
            max_length=50,
            description="In this order; all without",
            examples=[["child_id", "area"]],
        ),
    ] = None


class ExportJob(Resource):
    """An export, and how far it is."""

    id: Annotated[UUID, Field(description="The export")]
    job_id: JobId
    what: Annotated[What | Literal["rosters"], Field(description="What is in it; rosters: see `roster-exports`")]
    format: Annotated[
        FileFormat | Literal["oneroster_1.1", "oneroster_1.2"], Field(description="Kind of file; rosters are a ZIP")
    ]
    columns: Annotated[
        list[str],
        Field(
            description="English names in their order; of a roster, `userIds` where citizen IDs are in it",
            examples=[["child_id", "area", "learning_status"]],
        ),
    ]
    status: Annotated[Literal["queued", "running", "done", "failed", "expired"], Field(description="How far it is")]
    rows: Annotated[Count, Field(description="Rows written so far")]
    bytes: Annotated[Count, Field(description="Size of the finished file")]
    sha256: Annotated[
        str | None,
        Field(
            description="Of the finished file, hex",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ] = None
    error_code: Annotated[
        str | None, Field(description="Stable code of what stopped it", examples=["internal_error"])
    ] = None
    created_at: Instant
    finished_at: Annotated[Instant | None, Field(description="When the file was ready")] = None
    expires_at: Annotated[Instant, Field(description="Until when it can be fetched")]
