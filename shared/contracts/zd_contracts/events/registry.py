"""Facts of the child registry: topic `zd.registry.<instance>.v1`."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.events.base import ChildEvent
from zd_contracts.fields import BirthYear, Grade, MissingKind, Organisation, Term


class ChildRegistered(ChildEvent):
    """A child entered the registry."""

    event_type: ClassVar[str] = "zd.registry.child.registered.v1"

    birth_year: BirthYear | None = None


class ChildEnrolled(ChildEvent):
    """An enrolment list of a term names the child."""

    event_type: ClassVar[str] = "zd.registry.child.enrolled.v1"

    organisation: Organisation
    term: Term
    grade: Grade


class ChildMissing(ChildEvent):
    """A reconciliation found the child in no enrolment list."""

    event_type: ClassVar[str] = "zd.registry.child.missing.v1"

    birth_year: BirthYear | None = None
    kind: MissingKind
    verified: Annotated[bool, Field(description="True once somebody confirmed it in the field")] = False
    reference_date: Annotated[date, Field(description="Day at which age and enrolment were judged")]
    run_id: Annotated[UUID, Field(description="The reconciliation run")]


class ChildReturned(ChildEvent):
    """The child is back in some form of learning."""

    event_type: ClassVar[str] = "zd.registry.child.returned.v1"

    learning_status: Annotated[
        Literal["in_school", "flexible_learning", "training_or_work"], Field(description="The form of learning")
    ]
    evidence: Annotated[Literal["enrolment", "placement"], Field(description="What proves it")]
    returned_date: Annotated[date, Field(description="First day that counts as learning")]


class ChildErased(ChildEvent):
    """The registry erased the child: whoever holds rows about the id deletes them, and a replay brings none back."""

    event_type: ClassVar[str] = "zd.registry.child.erased.v1"

    erased_date: Annotated[date, Field(description="Day of the erasure")]
