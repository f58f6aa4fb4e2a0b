"""What the optional columns of a file say of guardians, house and needs. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from zd_registry.values.faults import RowFault
from zd_registry.values.identifiers import identifier
from zd_registry.values.names import full_name, name_key
from zd_registry.values.text import cleaned, says_nothing

ROLES: Final = ("mother", "father", "guardian", "guardian_2")
_RELATIONS: Final = (
    (re.compile("มารดา|แม่|mother", re.IGNORECASE), "mother"),
    (re.compile("บิดา|พ่อ|father", re.IGNORECASE), "father"),
    (re.compile("ปู่|ย่า|ตา|ยาย|grand", re.IGNORECASE), "grandparent"),
    (re.compile("อุปถัมภ์|บุญธรรม|foster|adopt", re.IGNORECASE), "foster"),
    (re.compile("ลุง|ป้า|น้า|อา|พี่|ญาติ|aunt|uncle|sister|brother|relative", re.IGNORECASE), "relative"),
)
# The kinds of the Persons with Disabilities Education Act's ministerial notice, as agencies write them.
_DISABILITIES: Final = (
    (re.compile("การเห็น|ตาบอด|เลือนราง|สายตา|visual|blind", re.IGNORECASE), "seeing"),
    (re.compile("ได้ยิน|หูหนวก|หูตึง|hear|deaf", re.IGNORECASE), "hearing"),
    (re.compile("สติปัญญา|intellect", re.IGNORECASE), "intellectual"),
    (re.compile("ร่างกาย|เคลื่อนไหว|แขนขา|physic|mobility", re.IGNORECASE), "physical"),
    (re.compile("การเรียนรู้|ld\\b|learning", re.IGNORECASE), "learning"),
    (re.compile("การพูด|ภาษา|speech", re.IGNORECASE), "speech"),
    (re.compile("พฤติกรรม|อารมณ์|จิต|mental|behav", re.IGNORECASE), "mental"),
    (re.compile("ออทิ|autis", re.IGNORECASE), "autism"),
    (re.compile("ซ้ำซ้อน|ซ้อน|multiple", re.IGNORECASE), "multiple"),
)
_NEEDS: Final = (
    (re.compile("โภชนาการ|ผอม|เตี้ย|อ้วน|ทุพโภชนา|nutrition|wast|stunt", re.IGNORECASE), "nutrition"),
    (re.compile("ยากจน|รายได้|poor|poverty", re.IGNORECASE), "poverty"),
    (re.compile("ป่วย|โรค|สุขภาพ|health|ill", re.IGNORECASE), "health"),
    (re.compile("อ่าน|เรียนช้า|การเรียน|learning", re.IGNORECASE), "learning"),
    (re.compile("ทอดทิ้ง|กำพร้า|ทารุณ|ยาเสพติด|protect|orphan|abus", re.IGNORECASE), "protection"),
)
_OF_FEED: Final = {"disability": "disability", "health": "health", "social": "poverty"}
"""What a feed speaks of where its words are not known."""
_NONE: Final = re.compile("ปกติ|ไม่พิการ|ไม่มี|none|no|-", re.IGNORECASE)
_HOUSE_CODE: Final = re.compile(r"\d{11}", re.ASCII)


class ToldGuardian(NamedTuple):
    name: str
    key: str
    relation: str
    citizen_id: str | None
    phone: str | None
    main: bool


def guardian_key(name: str) -> str:
    """The name without title, spaces and punctuation, to compare by."""
    try:
        parts = full_name(cleaned(name))
    except RowFault:
        return name_key(name)
    return name_key(parts.given + parts.family)


class ToldNeed(NamedTuple):
    kind: str
    code: str
    detail: str | None


def guardians(details: Mapping[str, str]) -> Iterator[ToldGuardian]:
    """Each person once: a guardian who is the mother or the father stands in two groups of columns."""
    seen: dict[str, ToldGuardian] = {}
    for role in ROLES:
        found = _guardian(role, details)
        if found is not None:
            known = seen.get(found.key)
            seen[found.key] = found if known is None else _both(known, found)
    yield from seen.values()


def _both(known: ToldGuardian, found: ToldGuardian) -> ToldGuardian:
    return known._replace(
        main=known.main or found.main,
        phone=known.phone or found.phone,
        citizen_id=known.citizen_id or found.citizen_id,
        relation=found.relation if known.relation == "other" else known.relation,
    )


def _guardian(role: str, details: Mapping[str, str]) -> ToldGuardian | None:
    name = details.get(f"{role}_name") or " ".join(
        part for part in (details.get(f"{role}_given_name"), details.get(f"{role}_family_name")) if part
    )
    text = cleaned(name)
    if says_nothing(text):
        return None
    try:
        full_name(text)
    except RowFault:
        return None
    number = identifier(details.get(f"{role}_citizen_id", ""))
    return ToldGuardian(
        name=text[:200],
        key=guardian_key(text),
        relation=role if role in {"mother", "father"} else relation(details.get(f"{role}_relation", "")),
        citizen_id=number.value if number.kind == "citizen_id" else None,
        phone=phone(details.get(f"{role}_phone", "")),
        main=role == "guardian",
    )


def relation(text: str) -> str:
    return next((name for pattern, name in _RELATIONS if pattern.search(text)), "other")


def phone(text: str) -> str | None:
    """Digits and a leading plus; None for what is no telephone number."""
    digits = re.sub(r"[^\d+]", "", cleaned(text))
    return digits if re.fullmatch(r"\+?\d{9,15}", digits) else None


def needs(feed_kind: str, details: Mapping[str, str]) -> Iterator[ToldNeed]:
    """A kind of the register's own, a short code where the words are known, and the words themselves. Whom a register
    of the disabled names without saying how is disabled all the same."""
    disability = cleaned(details.get("disability_kind", ""))
    if not disability and feed_kind == "disability":
        yield ToldNeed("disability", "other", None)
    if disability and not _NONE.fullmatch(disability):
        yield ToldNeed("disability", _first(_DISABILITIES, disability, "other"), _detail(disability, details))
    said = cleaned(details.get("need_kind", ""))
    if said and not _NONE.fullmatch(said):
        yield ToldNeed(_first(_NEEDS, said, _OF_FEED.get(feed_kind, "other")), "", _detail(said, details))


def house_code(details: Mapping[str, str]) -> str | None:
    digits = re.sub(r"[-\s]", "", cleaned(details.get("house_code", "")))
    return digits if _HOUSE_CODE.fullmatch(digits) else None


def address(details: Mapping[str, str]) -> str | None:
    """House number, road and village name in one line, as a visitor reads it."""
    parts = [cleaned(details.get(name, "")) for name in ("house_number", "address", "village_name", "road")]
    return " ".join(part for part in parts if part)[:300] or None


def _first(table: tuple[tuple[re.Pattern[str], str], ...], text: str, otherwise: str) -> str:
    return next((name for pattern, name in table if pattern.search(text)), otherwise)


def _detail(said: str, details: Mapping[str, str]) -> str | None:
    more = cleaned(details.get("need_detail", ""))
    return f"{said}: {more}"[:1000] if more else said[:1000]
