"""What every service's HTTP answers share."""

from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from zd_contracts.fields import Instant

T = TypeVar("T")

Version = Annotated[int, Field(ge=1, description="Rises with every change; goes into If-Match as a quoted string")]


class Resource(BaseModel):
    """An answer. Readers ignore what they do not know, so a service may add fields. The body that a request shows as
    its example is no answer, where one has the other's fields."""

    model_config = ConfigDict(extra="ignore", json_schema_extra=None)


class Request(BaseModel):
    """A body. Unknown fields are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid")


def example(**body: JsonValue) -> ConfigDict:
    """`model_config` of a request: a whole body that works, for the documentation."""
    return ConfigDict(json_schema_extra={"examples": [body]})


class Page(Resource, Generic[T]):
    """One page of a list."""

    items: Annotated[list[T], Field(description="The rows of this page")]
    next_cursor: Annotated[
        str | None,
        Field(
            description="Opaque; give it back as `cursor` for the next page; null on the last",
            examples=["WyI1MjAzMDEwMSJd"],
        ),
    ] = None


class FieldError(Resource):
    """One thing wrong with a body or a parameter."""

    pointer: Annotated[str, Field(description="Where: a JSON pointer into the body, or the parameter's name")]
    code: Annotated[str, Field(description="Stable code of the fault")]
    detail: Annotated[str, Field(description="What to do about it, in the language asked for")] = ""


class Problem(Resource):
    """An error answer by RFC 9457 (`application/problem+json`)."""

    type: Annotated[str, Field(description="URI of the kind of problem")] = "about:blank"
    title: Annotated[str, Field(description="Short name of the problem, in the language asked for")]
    status: Annotated[int, Field(ge=100, le=599, description="HTTP status")]
    code: Annotated[str, Field(description="Stable code; programs compare this and no text")]
    detail: Annotated[str, Field(description="What to do next, in the language asked for")] = ""
    errors: Annotated[list[FieldError], Field(description="Field by field, where fields are wrong")] = []


class Job(Resource):
    """Work that goes on after the answer: poll it until `done` or `failed`."""

    id: Annotated[UUID, Field(description="The job")]
    kind: Annotated[str, Field(description="What it does, for example import")]
    state: Annotated[Literal["queued", "running", "done", "failed"], Field(description="How far it is")]
    step: Annotated[str, Field(description="Name of the current step")]
    progress_done: Annotated[int, Field(ge=0, description="Units of work finished")]
    progress_total: Annotated[int | None, Field(description="Units of work in all; null until known")] = None
    error_code: Annotated[str | None, Field(description="Stable code of what stopped it")] = None
    created_at: Instant
    updated_at: Instant
