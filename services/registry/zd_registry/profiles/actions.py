from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from uuid import UUID

from asyncpg import Record

from zd_kernel.data.session import ReadSession
from zd_kernel.problems import NotFound, Text
from zd_registry.children.schemas import child_from
from zd_registry.households.actions import residences_of
from zd_registry.households.schemas import ResidencePeriod
from zd_registry.privacy.queries import CORRECTIONS
from zd_registry.profiles import queries, rules
from zd_registry.profiles.schemas import KnownIdentifier, ListedIn, Profile, TimelineEntry


async def profile_of(session: ReadSession, child_id: UUID) -> Profile:
    """Raises NotFound for a child outside the caller's claims."""
    child = await session.fetchrow(queries.PROFILE, child_id)
    if child is None:
        raise NotFound.of("child", "เด็ก")
    identifiers = await session.fetch(queries.IDENTIFIERS, child_id)
    enrolments = await session.fetch(queries.ENROLMENTS, child_id)
    changes = await session.fetch(queries.CHANGES, child_id)
    corrections = await session.fetch(CORRECTIONS, child_id)
    residences = await residences_of(session, child_id)
    entries = [
        *_registered(child),
        *_listed(enrolments),
        *_changed(changes),
        *_helped(
            await session.fetch(queries.PLACEMENTS, child_id),
            await session.fetch(queries.VISITS, child_id),
            await session.fetch(queries.VERIFIED, child_id),
        ),
        *_moved(residences),
        *_merged(await session.fetch(queries.MERGES, child_id)),
        *_guarded(await session.fetch(queries.GUARDIANS, child_id)),
        *_agreed(await session.fetch(queries.CONSENTS, child_id)),
        *(
            _entry(row["at"], "risk_changed", rules.risk_text(row["to_level"]))
            for row in await session.fetch(queries.RISKS, child_id)
        ),
        *(_entry(row["at"], "corrected", rules.corrected_text(row["field"])) for row in corrections),
        *(_entry(row["created_at"], "identifier", _IDENTIFIER, row["import_id"]) for row in identifiers),
    ]
    return Profile(
        child=child_from(child),
        nickname=child["nickname"],
        nationality=child["nationality"],
        home_language=child["home_language"],
        in_register=child["in_register"],
        identifiers=_identifiers(child, identifiers),
        enrolments=[ListedIn.model_validate({**row, "listed_at": row["created_at"]}) for row in enrolments],
        residences=residences,
        timeline=sorted(entries, key=lambda entry: entry.at, reverse=True),
    )


_IDENTIFIER = Text("บันทึกเลขประจำตัวเพิ่มหรือเปลี่ยน", "An identifier was added or replaced")
_REGISTERED = Text("เข้าทะเบียน", "Entered the register")


def _registered(child: Record) -> Iterator[TimelineEntry]:
    yield _entry(child["created_at"], "registered", _REGISTERED, child["created_import_id"])


def _listed(enrolments: list[Record]) -> Iterator[TimelineEntry]:
    for row in enrolments:
        text = rules.listed_text(row["organisation"], row["term"], row["grade"])
        yield _entry(row["created_at"], "listed", text, row["import_id"])
        if row["ended_date"] is not None:
            gone = rules.left_text(row["organisation"], row["term"])
            yield _entry(_noon(row["ended_date"]), "left_list", gone, row["ended_import_id"])


def _changed(changes: list[Record]) -> Iterator[TimelineEntry]:
    for row in changes:
        yield _entry(row["at"], "status_changed", rules.status_text(row["to_status"], row["missing_kind"]))


def _helped(placements: list[Record], visits: list[Record], verified: list[Record]) -> Iterator[TimelineEntry]:
    for row in placements:
        yield _entry(_noon(row["started_date"]), "placed", rules.placed_text(row["kind"]))
        if row["ended_date"] is not None:
            yield _entry(_noon(row["ended_date"]), "place_ended", rules.place_ended_text(row["kind"]))
    for row in visits:
        yield _entry(_noon(row["visited_date"]), "visited", rules.VISITED)
    for row in verified:
        yield _entry(row["verified_at"], "verified", rules.VERIFIED[row["verified_by"]])


def _merged(merges: list[Record]) -> Iterator[TimelineEntry]:
    for row in merges:
        yield _entry(row["merged_at"], "merged", rules.MERGED)
        if row["undone_at"] is not None:
            yield _entry(row["undone_at"], "unmerged", rules.UNMERGED)


def _guarded(guardians: list[Record]) -> Iterator[TimelineEntry]:
    for row in guardians:
        yield _entry(row["created_at"], "guardian", rules.guardian_text(row["relation"]), row["import_id"])
        if row["until_date"] is not None:
            ended = rules.guardian_text(row["relation"], ended=True)
            yield _entry(_noon(row["until_date"]), "guardian_ended", ended)


def _agreed(consents: list[Record]) -> Iterator[TimelineEntry]:
    for row in consents:
        kind = "consent_refused" if row["refused"] else "consent"
        yield _entry(row["given_at"], kind, rules.consent_text(row["purpose"], kind))
        if row["withdrawn_at"] is not None:
            withdrawn = rules.consent_text(row["purpose"], "consent_withdrawn")
            yield _entry(row["withdrawn_at"], "consent_withdrawn", withdrawn)


def _moved(residences: list[ResidencePeriod]) -> Iterator[TimelineEntry]:
    for period in residences:
        yield _entry(_noon(period.from_date), "moved", rules.moved_text(period.area))


def _identifiers(child: Record, others: list[Record]) -> list[KnownIdentifier]:
    present = [KnownIdentifier(kind="citizen_id", current=True)] if child["has_citizen_id"] else []
    return present + [KnownIdentifier.model_validate({**row, "current": row["valid_to"] is None}) for row in others]


def _entry(at: datetime, kind: str, text: Text, import_id: UUID | None = None) -> TimelineEntry:
    return TimelineEntry.model_validate(
        {"at": at, "kind": kind, "text_th": text.th, "text_en": text.en, "import_id": import_id}
    )


def _noon(day: date) -> datetime:
    """A day that has no hour stands in the middle of the Thai day."""
    return datetime.combine(day, time(5), UTC)
