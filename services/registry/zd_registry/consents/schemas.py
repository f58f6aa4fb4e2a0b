"""HTTP types of purposes and consents."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from zd_contracts.api.common import Request, Resource, example
from zd_contracts.fields import Instant, Slug

Basis = Annotated[
    Literal[
        "consent", "public_task", "legal_obligation", "vital_interest", "contract", "legitimate_interest", "research"
    ],
    Field(description="Basis of the PDPA: section 19, or one of section 24 or 26", examples=["consent"]),
]
PartyField = Annotated[Literal["self", "guardian"], Field(description="Who answered")]
Wording = Annotated[str, Field(min_length=3, max_length=2000)]


class NewPurpose(Request):
    """What data are used for, from a day on."""

    model_config = example(
        valid_from="2026-05-16",
        name_th="ส่งต่อให้หน่วยฝึกอาชีพ",
        name_en="Referral to a training centre",
        bases=["consent"],
        wording_version="2569-1",
        wording_th="ยินยอมให้ส่งชื่อและเบอร์ติดต่อแก่ศูนย์ฝึกอาชีพ",
        wording_en="I agree that name and phone number go to the training centre",
        source="มติคณะกรรมการจังหวัด",
    )

    valid_from: Annotated[date, Field(description="First day, ISO 8601, C.E.", examples=["2026-05-16"])]
    name_th: Annotated[
        str, Field(min_length=3, max_length=200, description="Name in Thai", examples=["คัดกรองการเรียนรู้"])
    ]
    name_en: Annotated[
        str, Field(min_length=3, max_length=200, description="Name in English", examples=["Screening of learning"])
    ]
    bases: Annotated[list[Basis], Field(min_length=1, description="Bases that it may rest on")]
    alone: Annotated[bool, Field(description="Whether a minor over ten may decide it alone (CCC, sections 22–24)")] = (
        False
    )
    sensitive: Annotated[bool, Field(description="Whether it uses data of section 26: health, disability …")] = False
    wording_version: Annotated[
        str, Field(pattern="^[A-Za-z0-9._-]{1,40}$", description="Of the words asked with", examples=["2569-1"])
    ]
    wording_th: Annotated[
        Wording,
        Field(
            description="The words that people are asked with, Thai",
            examples=["ท่านยินยอมให้คัดกรองการเรียนรู้ของบุตรหลานหรือไม่"],
        ),
    ]
    wording_en: Annotated[
        Wording,
        Field(description="The same in English", examples=["Do you agree that your child's learning is screened?"]),
    ]
    source: Annotated[
        str,
        Field(
            min_length=3, max_length=300, description="The law or decision that says so", examples=["มติคณะกรรมการจังหวัด"]
        ),
    ]


class Purpose(NewPurpose, Resource):
    """A purpose that holds, or held, from a day on."""

    code: Annotated[Slug, Field(examples=["screening"])]


class NewConsent(Request):
    """Somebody agreed or said no, or the purpose rests on another basis."""

    model_config = example(purpose="referral", given_by="guardian", guardian_id="018f8e1c-8c5a-7a10-9d3e-2b7f4c1d0a11")

    purpose: Slug
    basis: Basis = "consent"
    given_by: Annotated[PartyField | None, Field(description="Only with the basis consent")] = None
    refused: Annotated[bool, Field(description="They were asked and said no; only with the basis consent")] = False
    guardian_id: Annotated[
        UUID | None, Field(description="Which guardian of the child answered; a school may leave it out")
    ] = None
    given_at: Annotated[Instant | None, Field(description="When, if not just now")] = None
    wording_version: Annotated[
        str | None,
        Field(max_length=40, description="Of the words that were used, if not those of today", examples=["2569-1"]),
    ] = None


class ConsentShown(Resource):
    """A consent, or another basis, as recorded."""

    id: Annotated[UUID, Field(description="The record")]
    purpose: Annotated[Slug, Field(examples=["screening"])]
    basis: Basis
    given_by: PartyField | None = None
    refused: Annotated[bool, Field(description="Whether they said no")] = False
    guardian_id: Annotated[UUID | None, Field(description="The guardian who answered")] = None
    wording_version: Annotated[str, Field(description="Of the words that were used", examples=["2569-1"])]
    given_at: Instant
    recorded_by: Annotated[str, Field(description="Who recorded it", examples=["officer"])]
    withdrawn_at: Annotated[Instant | None, Field(description="Since when it no longer holds")] = None


class Standing(Resource):
    """Whether data may be used for a purpose today."""

    purpose: Annotated[Slug, Field(examples=["screening"])]
    allowed: Annotated[bool, Field(description="Whether a basis holds and everybody needed has agreed")]
    lacking: Annotated[list[PartyField], Field(description="Who still has to agree, by the child's age today")]
    refused: Annotated[list[PartyField], Field(description="Who of them was asked and said no: nobody asks again")]


class Consents(Resource):
    """All that was recorded, and what follows from it."""

    items: Annotated[list[ConsentShown], Field(description="The latest first")]
    standing: Annotated[list[Standing], Field(description="Every purpose that holds today")]
