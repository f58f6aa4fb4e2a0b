"""The cells of one piece of a file, read column by column for what a layout says that they are."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import polars as pl
from pydantic import TypeAdapter

from zd_contracts.fields import Organisation
from zd_kernel.access.organisations import Organisations
from zd_registry.imports.rules import WITH_TERM
from zd_registry.intake.pieces import Piece
from zd_registry.intake.rules import DETAILS, standing
from zd_registry.values import columns as values
from zd_registry.values.gazetteer import places_of_thailand
from zd_registry.values.places import Places

# Another code could be told in no event.
_ORGANISATION: Final[str] = TypeAdapter(Organisation).json_schema()["pattern"]
_PLACE_NAMES: Final = ("tambon", "district", "province", "village")
_TEXT = pl.String
_BLANK: Final = pl.Series([""])


class Wanted(NamedTuple):
    """What a subprocess needs for one piece. `layout` as the import keeps it."""

    import_id: UUID
    kind: str
    term: str | None
    today: date
    layout: Mapping[str, Any]
    ordinal: int
    sealed: bytes


class Cells:
    """The columns that a file's layout names, read by what they are."""

    def __init__(self, piece: Piece, wanted: Wanted, organisations_file: Path | None) -> None:
        self._piece = piece
        self._wanted = wanted
        self._positions: Mapping[str, int] = wanted.layout["positions"]
        self._positions_of = seeded(organisations_file)
        self._reasons: list[pl.Series] = []
        self._warnings: list[pl.Series] = []

    def read(self) -> pl.DataFrame:
        parts = [
            self._piece.rows.cast(pl.Int32).alias("row").to_frame(),
            self._names(), self._identifiers(), self._birth(), self._sex_and_origin(), self._place(), self._learning(),
            self._standing(),
        ]  # fmt: skip
        frame = pl.concat(parts, how="horizontal")
        nobody = (frame["citizen_id"].is_null() & frame["other_id"].is_null() & frame["birth_date"].is_null()).alias(
            "x"
        )
        self._refuse(pl.select(pl.when(nobody).then(pl.lit("identity_missing"))).to_series())
        reason = pl.select(pl.coalesce(self._reasons).alias("reason"))
        warned = pl.select(pl.concat_str(self._warnings, separator=" ", ignore_nulls=True).alias("warnings"))
        warned = warned.select(pl.when(pl.col("warnings") != "").then(pl.col("warnings")))
        sex = frame.select(
            pl.coalesce(pl.col("sex").replace("unknown", None), "told_sex", pl.lit("unknown")).alias("sex")
        )
        return pl.concat([frame.drop("sex", "told_sex"), sex, reason, warned], how="horizontal")

    def details(self) -> pl.DataFrame:
        """What optional columns say, those of the details that the file has."""
        return pl.DataFrame({name: self._cells(name) for name in DETAILS if name in self._positions})

    def _cells(self, name: str) -> pl.Series:
        """Blank where the file has no such column."""
        place = self._positions.get(name)
        if place is None:
            return _BLANK.new_from_index(0, self._piece.cells.height)
        return self._piece.cells[f"c{place}"]

    def _read(self, name: str, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
        """A column that the file does not have says in every row what one blank cell says."""
        if name in self._positions:
            return read(self._cells(name))
        return pl.DataFrame([value.new_from_index(0, self._piece.cells.height) for value in read(_BLANK)])

    def _has(self, *names: str) -> bool:
        return any(name in self._positions for name in names)

    def _refuse(self, reason: pl.Series) -> None:
        self._reasons.append(reason)

    def _warn(self, reason: pl.Series) -> None:
        self._warnings.append(reason)

    def _names(self) -> pl.DataFrame:
        titled = bool(self._wanted.layout["titled"])
        if self._has("full_name") and not self._has("given_name"):
            read = values.full_names(self._cells("full_name"), titled=titled)
            self._refuse(read["reason"])
            named = read.select(
                "given_key", "given_lk82", "given_udom83", "family_key", "family_lk82", "family_udom83",
                given_name="given", family_name="family", nickname="nickname", told_sex="sex",
            )  # fmt: skip
        else:
            given = values.given_names(self._cells("given_name"), titled=titled)
            family = values.names(self._cells("family_name"))
            self._refuse(given["reason"])
            self._refuse(family["reason"])
            named = pl.concat(
                [
                    given.select(
                        given_name="name", given_key="key", given_lk82="lk82", given_udom83="udom83", told_sex="sex"
                    ),
                    family.select(family_name="name", family_key="key", family_lk82="lk82", family_udom83="udom83"),
                ],
                how="horizontal",
            ).with_columns(nickname=pl.lit(None, _TEXT))
        if self._has("title"):
            told = values.sexes(self._cells("title"))["sex"].replace("unknown", None)
            named = named.with_columns(pl.coalesce("told_sex", told).alias("told_sex"))
        if self._has("nickname"):
            nickname = values.names(self._cells("nickname"))["name"].replace("", None)
            named = named.with_columns(pl.coalesce(nickname, "nickname").alias("nickname"))
        return named

    def _identifiers(self) -> pl.DataFrame:
        """`citizen_id` and `other_id` in the clear, `id_problem` of the citizen ID."""
        first = values.identifiers(self._cells("citizen_id"), None)
        other_kinds = [pl.when(first["kind"] != "citizen_id").then(first["kind"])]
        other_values = [pl.when(first["kind"] != "citizen_id").then(first["value"])]
        citizen_ids = [pl.when(first["kind"] == "citizen_id").then(first["value"])]
        for name in ("g_code", "passport"):
            if self._has(name):
                read = values.identifiers(self._cells(name), name)
                other_kinds.append(pl.when(read["kind"] != "citizen_id").then(read["kind"]))
                other_values.append(pl.when(read["kind"] != "citizen_id").then(read["value"]))
                citizen_ids.append(pl.when(read["kind"] == "citizen_id").then(read["value"]))
        found = pl.select(
            citizen_id=pl.coalesce(citizen_ids),
            other_id_kind=pl.coalesce(other_kinds),
            other_id=pl.coalesce(other_values),
            problem=first["problem"],
        )
        problem = pl.when(pl.col("citizen_id").is_not_null()).then(pl.lit("none"))
        return found.select(
            "citizen_id", "other_id_kind", "other_id",
            id_problem=problem.otherwise(pl.col("problem").fill_null("citizen_id_missing")),
        )  # fmt: skip

    def _birth(self) -> pl.DataFrame:
        raw = self._cells("birth_date")
        if self._has("birth_year") and not self._has("birth_date"):
            raw = pl.select(_in_parts(*(self._cells(f"birth_{part}") for part in ("day", "month", "year")))).to_series()
        layout = self._wanted.layout
        read = values.birth_dates(raw, self._wanted.today, order=layout["order"], serial=bool(layout["serial"]))
        self._refuse(read["reason"])
        if self._wanted.kind == "population":
            missing = read["birth_date"].is_null() & read["reason"].is_null()
            self._refuse(pl.select(pl.when(missing).then(pl.lit("birth_date_missing"))).to_series())
        return read.select("birth_date", "birth_precision")

    def _sex_and_origin(self) -> pl.DataFrame:
        sex = self._read("sex", values.sexes)
        nationality = self._read("nationality", values.nationalities)
        language = self._read("home_language", values.home_languages)
        self._refuse(sex["reason"])
        self._warn(nationality["reason"])
        self._warn(language["reason"])
        return pl.concat(
            [sex.select("sex"), nationality.select("nationality"), language.select("home_language")], how="horizontal"
        )

    def _place(self) -> pl.DataFrame:
        """A register says where people live; of other files a place that cannot be read is a warning."""
        if self._has("area"):
            read = values.areas(self._cells("area"), places())
        elif self._has(*_PLACE_NAMES):
            tambon, district, province, village = map(self._cells, _PLACE_NAMES)
            read = values.named_areas(tambon, district, province, village, places())
        else:
            read = pl.DataFrame(schema={"area": pl.Int64, "reason": _TEXT}).clear(self._piece.cells.height)
        if self._wanted.kind != "population":
            self._warn(read["reason"])
            return read.select("area")
        self._refuse(read["reason"])
        missing = read["area"].is_null() & read["reason"].is_null()
        self._refuse(pl.select(pl.when(missing).then(pl.lit("area_missing"))).to_series())
        return read.select("area")

    def _learning(self) -> pl.DataFrame:
        code = self._cells("organisation").str.strip_chars()
        name = self._cells("organisation_name").str.strip_chars().replace("", None)
        told = code.set(~code.str.contains(_ORGANISATION), None).alias("organisation").to_frame()
        level = self._cells("level") if self._has("level") else None
        grade = values.grades(self._cells("grade"), level, by_level=self._wanted.kind == "nonformal")
        blank = self._cells("grade").str.strip_chars() == ""
        if self._wanted.kind in WITH_TERM:
            self._refuse(grade["reason"])
        else:
            self._warn(pl.select(pl.when(~blank).then(grade["reason"])).to_series())
        if self._wanted.term is not None and self._has("term"):
            year = self._cells("school_year") if self._has("school_year") else None
            term = values.terms(self._cells("term"), year)["term"]
            self._refuse(pl.select(pl.when(term != self._wanted.term).then(pl.lit("term_other"))).to_series())
        return told.join(self._positions_of, on="organisation", how="left", maintain_order="left").with_columns(
            organisation_name=name.fill_null(code.replace("", None)), grade=grade["grade"]
        )

    def _standing(self) -> pl.DataFrame:
        told = self._cells("status")
        found = {text: standing(self._wanted.kind, text) for text in told.unique()}
        kinds = {text: one.gone_kind for text, one in found.items() if one.gone_kind}
        left = [text for text, one in found.items() if one.removed]
        today, order = self._wanted.today, self._wanted.layout["order"]
        day = self._read("status_date", lambda cells: values.birth_dates(cells, today, order=order))
        gone = told.replace_strict(kinds, default=None, return_dtype=_TEXT)
        marked = self._cells("removed").str.to_lowercase().is_in(["true", "1", "yes", "tobedeleted"])
        return pl.select(
            gone_kind=gone,
            gone_date=pl.when(gone.is_not_null() | told.is_in(left)).then(day["birth_date"]),
            removed=marked | told.is_in(left),
        )


def _in_parts(day: pl.Series, month: pl.Series, year: pl.Series) -> pl.Expr:
    """Day, month and year in columns of their own as one writing; 00 for what is unknown."""
    zero = [
        pl.when(part.str.strip_chars() == "").then(pl.lit("00")).otherwise(part.str.strip_chars())
        for part in (day, month)
    ]
    return (
        pl.when(year.str.strip_chars() != "")
        .then(pl.concat_str([*zero, pl.lit(year)], separator="/"))
        .otherwise(pl.lit(""))
    )


@cache
def places() -> Places:
    return places_of_thailand()


@cache
def seeded(organisations_file: Path | None) -> pl.DataFrame:
    """`organisation` and `organisation_position` of the organisations of the file."""
    known = Organisations.from_file(organisations_file).seeded
    first = [place.lo for place in known.values()]
    schema = {"organisation": _TEXT, "organisation_position": pl.Int32}
    return pl.DataFrame([list(known), first], schema=schema, orient="col")
