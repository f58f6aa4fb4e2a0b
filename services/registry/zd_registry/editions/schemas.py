"""HTTP types of published editions."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Resource
from zd_contracts.api.registry import Count
from zd_contracts.fields import Instant, Slug

SubjectName = Annotated[
    Slug,
    Field(description="screening, transitions or entry_ages", examples=["transitions"]),
]
PeriodName = Annotated[
    str, Field(pattern=r"^25\d\d(/[1-3])?$", description="A term or a school year, B.E.", examples=["2567/1", "2567"])
]
Province = Annotated[str, Field(pattern="^[1-9][0-9]$", description="DOPA code of a province", examples=["52"])]


class EditionInfo(Resource):
    """Figures of a province about a period that is over: made once, so that no two answers tell of a child."""

    id: Annotated[UUID, Field(description="The edition")]
    subject: SubjectName
    period: PeriodName
    area: Province
    from_date: Annotated[date, Field(description="First day that counts, ISO 8601, C.E.")]
    to_date: Annotated[date, Field(description="Last day that counts")]
    suppressed_below: Annotated[int, Field(description="Figures from 1 to below it are suppressed")]
    published_at: Instant


class FigureShown(Resource):
    """How many children of a kind live in the area and are in the state."""

    kind: Annotated[
        str,
        Field(description="screening: looked for what; transitions: the grade; entry_ages: K or P", examples=["P6"]),
    ]
    area: Annotated[str, Field(description="DOPA code of province, district or tambon", examples=["5203"])]
    state: Annotated[
        str,
        Field(
            description="Empty: all together. screening: `negative`, `positive`, of them `/helped` and `/to_help`."
            " transitions: `secured`, `open` (`/stopping`, `/left`, `/unconfirmed`), `gone`. entry_ages: `right_age`,"
            " `other_age` (`/too_early`, `/too_late`), `unknown`",
            examples=["open/stopping"],
        ),
    ]
    children: Annotated[Count | None, Field(description="Null: suppressed")]


class EditionFigures(Resource):
    edition: EditionInfo
    items: Annotated[list[FigureShown], Field(description="Figures of 0 are left out")]
    next_cursor: Annotated[
        str | None, Field(description="Give it as `cursor` for the next page", examples=["WyI1MjAzMDEwMSJd"])
    ] = None
