"""HTTP types of the evidence of one child."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from asyncpg import Record
from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.reconciliation import UndeliveredFeed
from zd_contracts.fields import Instant, LearningStatus, MissingKind, Organisation, PlacementKind, Term
from zd_kernel.clock import bangkok_date
from zd_registry.evidence.rules import sentence
from zd_registry.values.grades import ListedGrade


class Reason(Resource):
    """Why the status follows."""

    code: Annotated[str, Field(description="Stable code of the reason", examples=["left"])]
    th: Annotated[
        str,
        Field(
            description="The reason in Thai",
            examples=["รายชื่อภาคเรียน 2567/1 ไม่มีชื่อเด็ก ครั้งสุดท้ายเรียนที่ 520301-1 ชั้น ป.6 ภาคเรียน 2566/2"],
        ),
    ]
    en: Annotated[
        str,
        Field(
            description="The reason in English",
            examples=["No list for term 2567/1 names the child, who was last at 520301-1, grade P6, term 2566/2."],
        ),
    ]


class Said(Resource):
    """What one feed said of the child in one term."""

    term: Term
    organisation: Organisation
    grade: ListedGrade
    feed_id: Annotated[UUID | None, Field(description="The feed; null for lists from before feeds were kept")]
    agency: Annotated[
        str | None, Field(description="The agency whose list it is", examples=["lampang-education-office"])
    ]
    kind: Annotated[str | None, Field(description="enrolment or nonformal", examples=["enrolment"])]
    import_id: Annotated[UUID, Field(description="The file that first said it")]
    said_at: Instant
    delivered_at: Annotated[Instant | None, Field(description="Last complete list of the feed for that term")]
    days_before_run: Annotated[int | None, Field(description="How old that list was when the last run ended, in days")]
    ended_date: Annotated[date | None, Field(description="Since when a later list of the term leaves the child out")]


class Placed(Resource):
    """A placement that cases reported."""

    placement_id: Annotated[UUID, Field(description="The placement")]
    kind: PlacementKind
    started_date: Annotated[date, Field(description="First day")]


class Gone(Resource):
    """What the population register says of a departure."""

    kind: Annotated[Literal["deceased", "moved_abroad", "moved_away"], Field(description="What happened")]
    since: Annotated[date | None, Field(description="Since when; null when it is not said")]


class RegisterSaid(Resource):
    """The last population register that names the child."""

    import_id: Annotated[UUID, Field(description="The file")]
    feed_id: Annotated[UUID | None, Field(description="The feed; null where its delivery was withdrawn")]
    agency: Annotated[str | None, Field(description="Whose register it is", examples=["สำนักทะเบียนอำเภอเกาะคา"])]
    delivered_at: Annotated[Instant | None, Field(description="When it was handed in")]
    days_before_run: Annotated[int | None, Field(description="How old it was when the last run ended, in days")]


class StandsOn(Resource):
    """The one piece of evidence that decided."""

    kind: Annotated[Literal["enrolment", "placement", "register", "none"], Field(description="What sort of evidence")]
    organisation: Annotated[str | None, Field(description="School or centre of the list", examples=["52030001"])] = None
    term: Annotated[Term | None, Field(description="Term of the list: missing since the one after")] = None
    grade: Annotated[ListedGrade | None, Field(description="Grade in that list")] = None
    feed_id: Annotated[UUID | None, Field(description="The feed that said it")] = None
    import_id: Annotated[UUID | None, Field(description="The file that said it")] = None
    evidence_date: Annotated[
        date | None, Field(description="When it was first said, the placement began, or the child was gone")
    ] = None


class Evidence(Resource):
    """A child's learning status, and everything that it follows from."""

    child_id: Annotated[UUID, Field(description="The child")]
    learning_status: LearningStatus
    missing_kind: Annotated[MissingKind | None, Field(description="Only while out of school")]
    reason: Reason
    stands_on: StandsOn
    judged_term: Annotated[Term | None, Field(description="The term that the status was judged in")]
    judged_at: Annotated[Instant | None, Field(description="When the status or its evidence last changed")]
    last_run_id: Annotated[UUID | None, Field(description="The last run of that term over the child's area")]
    verified_at: Annotated[Instant | None, Field(description="When being missing was confirmed")]
    verified_by: Annotated[Literal["visit", "feed"] | None, Field(description="By a visit or by a later list")]
    in_register: Annotated[bool, Field(description="A population register names the child")]
    register_said: Annotated[RegisterSaid | None, Field(description="Which one, and how fresh it was")]
    gone: Annotated[Gone | None, Field(description="What the register says of a departure")]
    lists: Annotated[list[Said], Field(description="Lists that named the child, the newest term first")]
    placements: Annotated[list[Placed], Field(description="What cases reported, the newest first")]
    undelivered: Annotated[
        list[UndeliveredFeed],
        Field(description="Where nobody is known to teach the child: feeds that the last run still waited for"),
    ]


def reason_from(state: Record) -> Reason:
    """From a row of `queries.STATE`."""
    known = {name: state[name] for name in ("organisation", "term", "grade", "judged_term", "agency")}
    dated = known | {"date": state["evidence_date"]}
    text = sentence(state["reason"], dated, state["gone_kind"])
    return Reason(code=state["reason"], th=text.th, en=text.en)


def register_from(state: Record, run_ended: datetime | None) -> RegisterSaid | None:
    """From a row of `queries.STATE`."""
    if state["registered_import_id"] is None:
        return None
    return RegisterSaid(
        import_id=state["registered_import_id"],
        feed_id=state["register_feed_id"],
        agency=state["register_agency"],
        delivered_at=state["registered_at"],
        days_before_run=_days_between(state["registered_at"], run_ended),
    )


def _days_between(said: datetime | None, run_ended: datetime | None) -> int | None:
    if said is None or run_ended is None:
        return None
    return (bangkok_date(run_ended) - bangkok_date(said)).days


def said_from(row: Record, run_ended: datetime | None) -> Said:
    """From a row of `queries.LISTS`."""
    days = _days_between(row["delivered_at"] or row["said_at"], run_ended)
    return Said.model_validate({**row, "days_before_run": days})
