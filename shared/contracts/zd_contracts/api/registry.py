"""HTTP types of the child registry."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, Version, example
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

    code: Annotated[str, Field(description="Stable code")]
    th: Annotated[str, Field(description="In Thai")]
    en: Annotated[str, Field(description="In English")]
    count: Annotated[int | None, Field(description="How many rows it concerns, where that is known")] = None


class ImportColumn(Resource):
    """One of the uploader's columns."""

    key: Annotated[str, Field(description="The header, made unique: the name that a mapping uses")]
    canonical: Annotated[str | None, Field(description="What it was recognised as, such as `citizen_id`")] = None
    use: Annotated[
        Literal["used", "proposed", "left_alone"],
        Field(description="`proposed`: not used until a mapping names it"),
    ]


class ImportRefusal(Resource):
    """A row that cannot be taken."""

    row: Annotated[int, Field(description="As the uploader's spreadsheet counts")]
    code: Annotated[str, Field(description="Stable code of the reason")]
    reason_th: Annotated[str, Field(description="What to do about it, in Thai")]
    reason_en: Annotated[str, Field(description="What to do about it, in English")]
    cells: Annotated[
        list[str] | None, Field(description="The row as uploaded; only for callers with `registry:identify`")
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
    reasons: Annotated[dict[str, int], Field(description="Refused rows by code", default_factory=dict)]
    id_problems: Annotated[
        dict[str, int], Field(description="Rows without a usable citizen ID by code", default_factory=dict)
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
    format: Annotated[str, Field(description="csv, xlsx, parquet, oneroster …; empty until it is known")] = ""
    encoding: Annotated[str | None, Field(description="Of a text file, as it was recognised")] = None
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
    error_code: Annotated[str | None, Field(description="Stable code of what stopped the import")] = None
    mapping: Annotated[
        dict[str, str | None] | None, Field(description="What the uploader said of the columns; not in lists")
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


class NewReconciliation(Request):
    """Who of the population is in no enrolment list of a term?"""

    model_config = example(term="2567/1", reference_date="2024-06-10")

    term: Term
    reference_date: Annotated[date, Field(description="Day at which ages are reckoned, ISO 8601, C.E.")]
    age_from: Annotated[Age | None, Field(description="Youngest completed age; null: by the area's policy")] = None
    age_to: Annotated[Age | None, Field(description="Oldest completed age; null: by the area's policy")] = None
    mark_younger: Annotated[
        bool, Field(description="Also judge younger children: whom no list names is `not_yet_of_age`")
    ] = False
    everybody: Annotated[
        bool,
        Field(
            description="Judge everybody anew. Otherwise only whom something is new of since the last run that asked"
            " the same; the result is the same"
        ),
    ] = False


FeedDecision = Annotated[
    Literal["accept", "treat_as_undelivered"],
    Field(
        description="accept: the list is right. treat_as_undelivered: it is not believed, and whom the feed listed"
        " before is unconfirmed"
    ),
]


class ReconciliationAnswer(Request):
    """What a person decided about a feed that lost many pupils."""

    model_config = example(
        feed_id="018f8e1c-8c5a-7a10-9d3e-2b7f4c1d0a11", decision="accept", reason="โทรถามแล้ว ย้ายออกจริง"
    )

    feed_id: Annotated[UUID, Field(description="The feed that the question is about")]
    decision: FeedDecision
    reason: Annotated[str, Field(min_length=3, max_length=500, description="Why; without the name of any person")]


class ReconciliationQuestion(Resource):
    """A feed names so many fewer pupils than before that somebody must look first."""

    feed_id: Annotated[UUID, Field(description="The feed")]
    agency: Annotated[str, Field(description="The agency that hands it in")]
    kind: Annotated[str, Field(description="population, enrolment or nonformal")]
    name: Annotated[str, Field(description="The feed's name at its agency; often empty")]
    listed: Annotated[Count, Field(description="Pupils it names now; of a population register, rows")]
    listed_before: Annotated[Count, Field(description="Pupils it named before")]
    decision: Annotated[FeedDecision | None, Field(description="Null until somebody answers")] = None
    reason: Annotated[str | None, Field(description="Why it was decided so")] = None
    decided_by: Annotated[str | None, Field(description="Who decided")] = None


class UndeliveredFeed(Resource):
    """A feed without a complete list for the term: absence from it proves nothing."""

    feed_id: Annotated[UUID, Field(description="The feed")]
    agency: Annotated[str, Field(description="The agency that owes it")]
    kind: Annotated[str, Field(description="enrolment or nonformal")]
    name: Annotated[str, Field(description="The feed's name at its agency; often empty")]
    before_term: Annotated[Term | None, Field(description="Last earlier term that it delivered")] = None


StatusChangeKind = Annotated[
    Literal["newly_missing", "kind_changed", "returned", "no_longer_missing", "other"],
    Field(
        description="newly_missing: out of learning since this run. kind_changed: missing under another kind."
        " returned: missing before, learning now. no_longer_missing: missing before; completed, gone, unconfirmed now"
    ),
]


class Reconciliation(Resource):
    """A reconciliation run: what it had before it, and its figures."""

    id: Annotated[UUID, Field(description="The run")]
    job_id: JobId
    term: Term
    reference_date: Annotated[date, Field(description="Day at which ages were reckoned, ISO 8601, C.E.")]
    age_from: Age
    age_to: Age
    mark_younger: Annotated[bool, Field(description="Younger children were judged too")] = False
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="The dated policies in force: each with value, valid_from and source"
    )
    status: Annotated[
        Literal["queued", "running", "stopped", "done", "failed"],
        Field(description="How far it is; stopped: its questions wait for answers"),
    ]
    examined: Annotated[Count, Field(description="Children of these ages")]
    in_school: Annotated[Count, Field(description="Of them, in an enrolment list of the term")]
    missing: Annotated[Count, Field(description="Of them, out of school")]
    newly_missing: Annotated[Count, Field(description="Of those, not known as missing before this run")]
    returned: Annotated[Count, Field(description="Children missing before and learning now")]
    by_status: dict[LearningStatus, Count] = Field(
        default_factory=dict, description="Children of these ages by status, once the run is done"
    )
    by_missing_kind: dict[MissingKind, Count] = Field(default_factory=dict, description="The missing by kind")
    compulsory_missing: Annotated[Count, Field(description="Of the missing, of compulsory age by law")] = 0
    enrolled_twice: Annotated[Count, Field(description="Children whom two schools list in the term")] = 0
    not_in_register: Annotated[Count, Field(description="Children whom a school lists and no population register")] = 0
    unlinked_waiting: Annotated[
        Count,
        Field(description="Rows of lists of the term that linkage had not looked at: any may name one of the missing"),
    ] = 0
    changes: dict[StatusChangeKind, Count] = Field(
        default_factory=dict, description="Children whose status this run changed; a first `in_school` is no change"
    )
    questions: list[ReconciliationQuestion] = Field(default_factory=list, description="Feeds that lost too many pupils")
    undelivered: list[UndeliveredFeed] = Field(default_factory=list, description="Feeds that owe a list of the term")
    previous_run_id: Annotated[UUID | None, Field(description="The run before over the same areas")] = None
    base_run_id: Annotated[
        UUID | None,
        Field(description="The run since which something had to be new to be judged; null: all were judged"),
    ] = None
    progress: Annotated[int, Field(ge=0, le=100, description="Per cent of the work done")]
    error_code: Annotated[str | None, Field(description="Stable code of what stopped the run")] = None
    created_at: Instant
    finished_at: Annotated[Instant | None, Field(description="When the result stood")] = None
