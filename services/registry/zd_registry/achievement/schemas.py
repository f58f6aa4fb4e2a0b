"""HTTP types of grades and behaviour."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant, Organisation, Term

Gpa = Annotated[
    float | None, Field(ge=0, le=4, multiple_of=0.01, description="Grade point average of the term, 0.00 to 4.00")
]
Failed = Annotated[int | None, Field(ge=0, le=99, description="Subjects failed: 0, ร or มส")]
IncidentKind = Annotated[
    Literal["rule_breaking", "truancy", "violence", "bullying", "theft", "substance", "other"],
    Field(description="ผิดระเบียบ หนีเรียน ใช้ความรุนแรง กลั่นแกล้ง ลักทรัพย์ สารเสพติด อื่น ๆ"),
]
GradedDate = Annotated[date, Field(description="Day on which the results were given out, ISO 8601, C.E.")]
Occurred = Annotated[date, Field(description="Day on which it happened, ISO 8601, C.E.", examples=["2024-06-20"])]
Reported = Annotated[date, Field(description="Day on which the school knew of it")]
School = Annotated[Organisation | None, Field(description="The school; by default the one that lists the pupil")]


class NewGrade(Request):
    """Results of a term. One of the two is enough."""

    model_config = example(term="2568/1", gpa=2.75, failed_subjects=1, graded_date="2025-10-10")

    term: Annotated[Term, Field(examples=["2567/1"])]
    gpa: Gpa = None
    failed_subjects: Failed = None
    graded_date: Annotated[date | None, Field(description="Day on which they were given out; today by default")] = None
    organisation: School = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.gpa is None and self.failed_subjects is None:
            raise ValueError("give the average, the failed subjects, or both")
        return self


class Grade(Resource):
    """Results of a term as they were given out on a day; of one term the latest day counts."""

    id: Annotated[UUID, Field(description="The results")]
    term: Term
    organisation: Organisation
    gpa: Gpa
    failed_subjects: Failed
    graded_date: GradedDate


class NewIncident(Request):
    """Something that the school had to act on: no names, no words."""

    model_config = example(kind="truancy", occurred_date="2025-06-20")

    kind: IncidentKind
    occurred_date: Occurred
    reported_date: Annotated[date | None, Field(description="Day on which the school knew; today by default")] = None
    organisation: School = None


class Incident(Resource):
    id: Annotated[UUID, Field(description="The incident")]
    kind: IncidentKind
    organisation: Organisation
    occurred_date: Occurred
    reported_date: Reported
    withdrawn_at: Annotated[Instant | None, Field(description="Since when it counts as mistaken; null while it counts")]
