import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from asyncpg import Record

from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.problems import Conflict, FieldError, Invalid, NotFound
from zd_kernel.scope import Range
from zd_registry.areas.actions import check_claim
from zd_registry.consents.actions import purpose_in_force
from zd_registry.instruments import queries
from zd_registry.instruments.definition import Definition, GrowthRow
from zd_registry.instruments.models import GrowthParameter, ScreeningInstrument
from zd_registry.instruments.roles import check_roles
from zd_registry.instruments.rules import Fault, definition_faults
from zd_registry.instruments.schemas import Instrument, InstrumentInfo, NewInstrument


class Held(NamedTuple):
    """A version ready for scoring."""

    row: Record
    definition: Definition
    growth: list[GrowthRow]


async def instruments(session: ReadSession) -> list[InstrumentInfo]:
    return [InstrumentInfo.model_validate(dict(row)) for row in await session.fetch(queries.LIST)]


async def read_instrument(session: ReadSession, code: str, version: int) -> Instrument:
    row = await session.fetchrow(queries.VERSION, code, version)
    if row is None:
        raise NotFound.of("instrument", "เครื่องมือคัดกรอง")
    growth = await session.fetch(queries.GROWTH, code, version)
    return _shown(dict(row) | {"definition": json.loads(row["definition"])}, growth)


async def add_version(session: WriteSession, code: str, wanted: NewInstrument, served: Sequence[Range]) -> Instrument:
    """Raises Invalid with all that keeps it from being scored, Conflict for a day not after the last version's, and
    Forbidden without a claim to all areas that the instance serves, since it holds for them all."""
    check_claim(session, served)
    faults = definition_faults(wanted.definition, wanted.growth, wanted.from_months, wanted.below_months)
    if faults:
        errors = [FieldError(f"/definition{fault.where}", fault.code, fault.th, fault.en) for fault in faults]
        th, en = "เครื่องมือนี้ใช้ให้คะแนนไม่ได้ โปรดแก้ไขตามรายการ", "The instrument cannot be scored. Correct what is listed."
        raise Invalid("instrument_faulty", th, en, errors=errors)
    await check_roles(session, {*wanted.screeners, *wanted.readers}, wanted.valid_from)
    await purpose_in_force(session, wanted.purpose, wanted.valid_from)
    connection = await session.driver()
    # Two who add a version at the same moment would both count the same one.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('screening_instrument'), 1)")
    last = await connection.fetchrow(queries.LAST, code)
    if last is not None and (wanted.valid_from <= last["valid_from"] or wanted.kind != last["kind"]):
        raise Conflict(
            "instrument_exists",
            f"รุ่นใหม่ต้องเริ่มใช้หลังวันที่ {last['valid_from']} และเป็นประเภท {last['kind']} เหมือนเดิม",
            f"A new version begins after {last['valid_from']}, and is of the kind {last['kind']} as before.",
        )
    row = ScreeningInstrument(
        code=code, version=1 if last is None else last["version"] + 1, created_by=session.scope.name,
        created_at=session.clock.now(), definition=wanted.definition.model_dump(mode="json"),
        **wanted.model_dump(exclude={"definition", "growth"}),
    )  # fmt: skip
    session.add(row)
    await session.flush()
    session.add_all(
        GrowthParameter(instrument=code, version=row.version, **parameter.model_dump()) for parameter in wanted.growth
    )
    return _shown(row.model_dump(), [parameter.model_dump() for parameter in wanted.growth])


async def instrument_on(session: WriteSession, code: str, day: date) -> Held:
    """The version in use on a day. Raises Invalid where there is none."""
    row = await (await session.driver()).fetchrow(queries.ON, code, day)
    if row is None:
        th = "ไม่มีเครื่องมือนี้ที่ใช้ในวันนั้น โปรดดูที่ /v1/instruments"
        raise Invalid("instrument_unknown", th, "No such instrument is in use on that day. See /v1/instruments.")
    return await _held(session, row)


async def instrument_in_use(session: WriteSession, kind: str, day: date, role: str) -> str | None:
    """Code of the instrument of a kind that a role uses on a day: the agency's own before an example."""
    found: str | None = await (await session.driver()).fetchval(queries.IN_USE, kind, day, role)
    return found


async def instrument_version(session: WriteSession, code: str, version: int) -> Held:
    """A version that something was screened with."""
    row = await (await session.driver()).fetchrow(queries.VERSION, code, version)
    if row is None:
        raise LookupError(f"no version {version} of {code}")
    return await _held(session, row)


async def _held(session: WriteSession, row: Record) -> Held:
    growth = await (await session.driver()).fetch(queries.GROWTH, row["code"], row["version"])
    definition = Definition.model_validate_json(row["definition"])
    return Held(row, definition, [GrowthRow.model_validate(dict(each)) for each in growth])


def fields_of(faults: Iterable[Fault]) -> list[FieldError]:
    """Faults of answers, as an answer of the API names them."""
    return [FieldError(f"/answers/{each.where}".rstrip("/"), each.code, each.th, each.en) for each in faults]


def _shown(row: dict[str, Any], growth: Iterable[Any]) -> Instrument:
    return Instrument.model_validate(row | {"growth": [dict(each) for each in growth]})
