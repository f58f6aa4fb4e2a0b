"""HTTP types of the child registry."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, Version, example
from zd_contracts.fields import Area, Instant, LearningStatus, MissingKind, Term

JobId = Annotated[UUID, Field(description="The job that does it: steps and progress at /v1/jobs/{job_id}, for a month")]
Count = Annotated[int, Field(ge=0)]


class Child(Resource):
    """A child of the register. The citizen ID is not here: reading it needs `registry:identify`."""

    id: Annotated[UUID, Field(description="The child, one id for ever")]
    given_name: Annotated[str, Field(description="Given name as registered", examples=["สมหญิง"])]
    family_name: Annotated[str, Field(description="Family name as registered", examples=["ตัวอย่าง"])]
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


ImportKind = Annotated[
    Literal["population", "enrolment", "nonformal", "social", "health", "disability"],
    Field(description="What the file is: a population register, a list of pupils, or another agency's feed"),
]
ImportPhase = Annotated[
    Literal[
        "received", "converting", "staging", "checked", "applying", "committed", "withdrawing", "withdrawn", "failed",
        "stopped",
    ],
    Field(
        description="`checked` waits for a commit; `stopped` asks for a mapping; `failed` says why in `error_code`;"
        " `committed` and `withdrawn` are final"
    ),
]  # fmt: skip


class ImportAdvice(Resource):
    """Something to know or to do about a file."""

    code: Annotated[str, Field(description="Stable code", examples=["ids_spoiled"])]
    th: Annotated[
        str,
        Field(description="In Thai", examples=["เลขประจำตัว 3 แถวเสียเพราะโปรแกรมตาราง โปรดส่งออกใหม่โดยตั้งคอลัมน์เป็นข้อความ"]),
    ]
    en: Annotated[
        str,
        Field(
            description="In English",
            examples=["A spreadsheet spoiled the IDs of 3 rows. Export again with the column set to text."],
        ),
    ]
    count: Annotated[int | None, Field(description="How many rows it concerns, where that is known")] = None


class ImportColumn(Resource):
    """One of the uploader's columns."""

    key: Annotated[
        str, Field(description="The header, made unique: the name that a mapping uses", examples=["เลขประจำตัวประชาชน"])
    ]
    canonical: Annotated[
        str | None, Field(description="What it was recognised as, such as `citizen_id`", examples=["citizen_id"])
    ] = None
    use: Annotated[
        Literal["used", "proposed", "left_alone"],
        Field(description="`proposed`: not used until a mapping names it"),
    ]


class ImportRefusal(Resource):
    """A row that cannot be taken."""

    row: Annotated[int, Field(description="As the uploader's spreadsheet counts")]
    code: Annotated[str, Field(description="Stable code of the reason", examples=["birth_date_impossible"])]
    reason_th: Annotated[str, Field(description="What to do about it, in Thai", examples=["ไม่มีวันนี้ในปฏิทิน"])]
    reason_en: Annotated[str, Field(description="What to do about it, in English", examples=["No such day."])]
    cells: Annotated[
        list[str] | None,
        Field(
            description="The row as uploaded; only for callers with `registry:identify`",
            examples=[["1999900000030", "ด.ช.สมศักดิ์", "สมมุติ", "31/2/2558"]],
        ),
    ] = None


class ImportEffect(Resource):
    """What committing the file would do, as the register was when it was checked."""

    new: Annotated[Count, Field(description="Rows that bring a child, or a pupil of the term, whom nobody listed")]
    changed: Annotated[Count, Field(description="Rows that change what is known")]
    unchanged: Annotated[Count, Field(description="Rows that say what is known")]
    refused: Annotated[Count, Field(description="Rows with an error")]
    unlinked: Annotated[Count, Field(description="Rows without a sure identity: linkage or a reviewer decides")]
    listed: Annotated[Count, Field(description="People whom the feed listed before: this term, or its last one")]
    vanishing: Annotated[Count, Field(description="Of them, how many this file no longer names")]


class ImportReport(Resource):
    """What the check of a file found."""

    columns: Annotated[
        list[ImportColumn], Field(description="The uploader's columns in their order", default_factory=list)
    ]
    questions: Annotated[
        list[ImportAdvice], Field(description="To be answered by a mapping before it can go on", default_factory=list)
    ]
    advice: Annotated[
        list[ImportAdvice], Field(description="What would make the file more useful", default_factory=list)
    ]
    warnings: Annotated[
        list[ImportAdvice], Field(description="What was guessed, passed over or looks wrong", default_factory=list)
    ]
    reasons: Annotated[
        dict[str, int],
        Field(description="Refused rows by code", default_factory=dict, examples=[{"birth_date_impossible": 1}]),
    ]
    id_problems: Annotated[
        dict[str, int],
        Field(
            description="Rows without a usable citizen ID by code",
            default_factory=dict,
            examples=[{"citizen_id_missing": 2}],
        ),
    ]
    sample: Annotated[list[ImportRefusal], Field(description="The first refused rows, up to 20", default_factory=list)]
    effect: Annotated[ImportEffect | None, Field(description="Null until it is checked, and with commit=true")] = None
    fault: Annotated[ImportAdvice | None, Field(description="Why the file as a whole cannot be taken")] = None


class ImportJob(Resource):
    """An uploaded file and what became of its rows. In the end accepted + unchanged + rejected = rows."""

    id: Annotated[UUID, Field(description="The import")]
    job_id: JobId
    kind: ImportKind
    term: Annotated[Term | None, Field(description="School term of a list of pupils")] = None
    feed_id: Annotated[UUID | None, Field(description="The agency's feed that the file belongs to")] = None
    format: Annotated[
        str, Field(description="csv, xlsx, parquet, oneroster …; empty until it is known", examples=["csv"])
    ] = ""
    encoding: Annotated[str | None, Field(description="Of a text file, as it was recognised", examples=["utf-8"])] = (
        None
    )
    complete: Annotated[bool, Field(description="Whether the file names everyone on the list")] = False
    status: Annotated[
        Literal["uploaded", "running", "done", "failed"], Field(description="How far the work in hand is")
    ]
    phase: ImportPhase
    rows: Annotated[Count, Field(description="Rows in the file, without header, titles and totals")]
    accepted: Annotated[Count, Field(description="Rows that were new or changed something")]
    unchanged: Annotated[Count, Field(description="Rows that said what was known")]
    rejected: Annotated[Count, Field(description="Rows with an error; the errors file names each")]
    unlinked: Annotated[Count, Field(description="Of the accepted, those without a sure identity")] = 0
    progress: Annotated[int, Field(ge=0, le=100, description="Per cent of the work in hand")]
    error_code: Annotated[
        str | None, Field(description="Stable code of what stopped the import", examples=["file_empty"])
    ] = None
    mapping: Annotated[
        dict[str, str | None] | None,
        Field(description="What the uploader said of the columns; not in lists", examples=[{"เลขบัตร": "citizen_id"}]),
    ] = None
    report: Annotated[ImportReport | None, Field(description="What the check found; not in lists")] = None
    created_at: Instant
    finished_at: Annotated[Instant | None, Field(description="When it was committed or withdrawn")] = None


class ImportMapping(Request):
    """What the columns of a file are."""

    model_config = example(mapping={"เลขที่": "citizen_id", "หมายเหตุ": None}, save=True)

    mapping: Annotated[
        dict[str, str | None],
        Field(
            description="The uploader's column → canonical name, or null to leave it alone",
            examples=[{"เลขที่": "citizen_id", "หมายเหตุ": None}],
            max_length=200,
        ),
    ]
    save: Annotated[bool, Field(description="Use it for the next files of the same feed too")] = False
