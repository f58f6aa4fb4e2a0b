"""HTTP types of searching."""

from typing import Annotated

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.api.registry import Child
from zd_contracts.fields import Organisation, Residence
from zd_registry.children.schemas import BirthYear


class Search(Request):
    """Whom somebody looks for. It travels in the body, since names and numbers do not belong into addresses."""

    model_config = example(query="สมชย ใจดี", area="5203", born_from=2552, born_until=2558)

    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="Name, part of a name, or identifier; Thai or Latin, as it was heard",
            examples=["สมชย ใจดี", "Somchai", "0-5000-00000-01-5"],
        ),
    ]
    area: Annotated[
        Residence | None,
        Field(description="Only who lives there; DOPA code, `0` for nobody knows where", examples=["5203"]),
    ] = None
    organisation: Annotated[Organisation | None, Field(description="Only who stands in its lists")] = None
    born_from: Annotated[BirthYear | None, Field(description="Born in this year or later", examples=[2552])] = None
    born_until: Annotated[BirthYear | None, Field(description="Born in this year or earlier", examples=[2558])] = None
    limit: Annotated[int, Field(ge=1, le=50, description="Most children in the answer")] = 20


class Found(Resource):
    likeness: Annotated[float, Field(ge=0, le=1, description="How near the names come, 1 for the same")]
    child: Child


class SearchResult(Resource):
    """The likest first."""

    items: list[Found]
    more: Annotated[
        bool, Field(description="Others resemble it too: add the other name, the year of birth or an area")
    ] = False
