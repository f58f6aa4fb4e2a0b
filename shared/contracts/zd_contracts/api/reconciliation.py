"""HTTP types of reconciliation: who is missing, and what a run found."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.api.registry import Count, JobId
from zd_contracts.fields import Area, Instant, LearningStatus, MissingKind, Term

Age = Annotated[int, Field(ge=0, le=25, description="Age in whole years on the reference date")]


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
    agency: Annotated[str, Field(description="The agency that hands it in", examples=["lampang-education-office"])]
    kind: Annotated[str, Field(description="population, enrolment or nonformal", examples=["enrolment"])]
    name: Annotated[
        str, Field(description="The feed's name at its agency; often empty", examples=["secondary schools"])
    ]
    listed: Annotated[Count, Field(description="Pupils it names now; of a population register, rows")]
    listed_before: Annotated[Count, Field(description="Pupils it named before")]
    decision: Annotated[FeedDecision | None, Field(description="Null until somebody answers")] = None
    reason: Annotated[str | None, Field(description="Why it was decided so", examples=["โทรถามแล้ว ย้ายออกจริง"])] = None
    decided_by: Annotated[str | None, Field(description="Who decided", examples=["officer"])] = None


class UndeliveredFeed(Resource):
    """A feed without a complete list for the term: absence from it proves nothing."""

    feed_id: Annotated[UUID, Field(description="The feed")]
    agency: Annotated[str, Field(description="The agency that owes it", examples=["lampang-education-office"])]
    kind: Annotated[str, Field(description="enrolment or nonformal", examples=["enrolment"])]
    name: Annotated[
        str, Field(description="The feed's name at its agency; often empty", examples=["secondary schools"])
    ]
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
        default_factory=dict,
        description="The dated policies in force: each with value, valid_from and source",
        examples=[
            {
                "reconciliation_ages": {
                    "value": {"from": 3, "to": 18},
                    "valid_from": "2024-01-01",
                    "source": "นโยบายจังหวัด",
                }
            }
        ],
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
        default_factory=dict,
        description="Children of these ages by status, once the run is done",
        examples=[{"in_school": 100412, "not_learning": 5871}],
    )
    by_missing_kind: dict[MissingKind, Count] = Field(
        default_factory=dict,
        description="The missing by kind",
        examples=[{"never_enrolled": 2710, "dropped_out": 3161}],
    )
    compulsory_missing: Annotated[Count, Field(description="Of the missing, of compulsory age by law")] = 0
    enrolled_twice: Annotated[Count, Field(description="Children whom two schools list in the term")] = 0
    not_in_register: Annotated[Count, Field(description="Children whom a school lists and no population register")] = 0
    row_refused: Annotated[
        Count,
        Field(description="Children of whom only refused rows of lists speak: unconfirmed until these are corrected"),
    ] = 0
    refused_unnamed: Annotated[
        Count,
        Field(description="Refused rows of lists of the term that name nobody known: any may mean one of the missing"),
    ] = 0
    unlinked_waiting: Annotated[
        Count,
        Field(description="Rows of lists of the term that linkage had not looked at: any may name one of the missing"),
    ] = 0
    changes: dict[StatusChangeKind, Count] = Field(
        default_factory=dict,
        description="Children whose status this run changed; a first `in_school` is no change",
        examples=[{"newly_missing": 412, "returned": 95}],
    )
    questions: list[ReconciliationQuestion] = Field(default_factory=list, description="Feeds that lost too many pupils")
    undelivered: list[UndeliveredFeed] = Field(default_factory=list, description="Feeds that owe a list of the term")
    previous_run_id: Annotated[UUID | None, Field(description="The run before over the same areas")] = None
    base_run_id: Annotated[
        UUID | None,
        Field(description="The run since which something had to be new to be judged; null: all were judged"),
    ] = None
    progress: Annotated[int, Field(ge=0, le=100, description="Per cent of the work done")]
    error_code: Annotated[
        str | None, Field(description="Stable code of what stopped the run", examples=["no_policy"])
    ] = None
    created_at: Instant
    finished_at: Annotated[Instant | None, Field(description="When the result stood")] = None


class AreaResult(Resource):
    """How many children of one tambon a run left with one status."""

    area: Annotated[Area | None, Field(description="Tambon, 6 digits; null: residence unknown")]
    learning_status: LearningStatus
    missing_kind: Annotated[MissingKind | None, Field(description="Only while out of school")] = None
    children: Annotated[Count, Field(description="Children of the run's ages")]
    compulsory: Annotated[Count, Field(description="Of them, of compulsory age by law")]
    row_refused: Annotated[
        Count, Field(description="Of the unconfirmed, those of whom only refused rows of lists speak")
    ] = 0


class StatusChange(Resource):
    """What a run changed about one child."""

    child_id: Annotated[UUID, Field(description="The child")]
    area: Annotated[Area | None, Field(description="Residence, 6 or 8 digits; null when unknown")]
    kind: StatusChangeKind
    from_status: Annotated[LearningStatus | None, Field(description="Null: never judged before")] = None
    to_status: LearningStatus
    missing_kind: Annotated[MissingKind | None, Field(description="Only while out of school")] = None
    reason: Annotated[str, Field(description="Code of the reason; the child's evidence explains it", examples=["left"])]
    changed_at: Instant


FindingKind = Annotated[
    Literal["enrolled_twice", "not_in_register", "row_refused"],
    Field(
        description="In two schools in one term; in a school and in no population register; named only by a row of a"
        " list that was refused"
    ),
]


class Finding(Resource):
    """A child whose lists and register do not fit together, or whose row in a list was refused."""

    child_id: Annotated[UUID, Field(description="The child")]
    area: Annotated[Area | None, Field(description="Residence, 6 or 8 digits; null when unknown")]
    kind: FindingKind
    organisations: Annotated[
        list[str],
        Field(description="Codes of the schools that list the child in the term", examples=[["520301-1", "52030002"]]),
    ]
