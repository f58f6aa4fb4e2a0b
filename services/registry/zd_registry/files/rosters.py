"""OneRoster 1.1 and 1.2 CSV packages and Microsoft SDS v2.1, as one table of pupils.

Sources: 1EdTech OneRoster CSV tables 1.1 and CSV binding 1.2.1; Microsoft School Data Sync V2.1 CSV file format.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from zd_registry.files.delimited import read_records, read_table
from zd_registry.files.faults import FileFault
from zd_registry.files.limits import LIMITS, Limits
from zd_registry.files.roster_joins import COLUMNS, HEADER, Joined, join_roster
from zd_registry.files.roster_people import Frames
from zd_registry.files.tables import BATCH_ROWS, BadRow, Batch, Package, Table, Warned, columns

ROSTER_FILES: Final = {f"{name}.csv".lower(): name for name in ("manifest", *COLUMNS)}
"""`{name in the package, lower case: name of the table}`; other files are not read."""
_NEEDED: Final = {
    "users": ("sourcedid", "givenname", "familyname"),
    "enrollments": ("classsourcedid", "usersourcedid", "role"),
}


def open_roster(files: Mapping[str, Path], limits: Limits = LIMITS) -> Package:
    """`files`: `{table: file}`. Raises `FileFault` `roster_incomplete`, `manifest_malformed` or what a CSV raises."""
    manifest = _manifest(files["manifest"], limits) if "manifest" in files else {}
    warnings: list[Warned] = []
    frames: Frames = {}
    bad: list[BadRow] = []
    for name in COLUMNS:
        frames[name], refused = _frame(files.get(name), name, limits)
        bad += refused if name == "users" else []
        if refused and name != "users":
            warnings.append(Warned("lines_unreadable", {"file": f"{name}.csv", "found": len(refused)}))
        if name not in files and manifest.get(f"file.{name}", "absent").lower() != "absent":
            warnings.append(Warned("file_absent", {"file": f"{name}.csv"}))
    mode = "delta" if "delta" in {v.lower() for k, v in manifest.items() if k.startswith("file.")} else "bulk"
    if "users" not in files and (mode == "bulk" or "enrollments" not in files):
        raise FileFault("roster_incomplete", file="users.csv")
    sds = not manifest and ("relationships" in files or "role" not in _names(files["users"], limits))
    version = manifest.get("oneroster.version") or ("2.1" if sds else "1.1")
    joined = join_roster(frames, sds=sds)
    warnings += _said(joined, frames, mode)
    if mode == "bulk":  # a delta may name whom an earlier package told of
        bad += [BadRow(row, (user, class_), "user_missing") for row, user, class_ in _lost(joined)]
    cells = joined.records.drop("row").rename(dict(zip(HEADER, columns(len(HEADER)), strict=True)))
    table = Table(
        None, HEADER, (1,), tuple(cells.head(100).iter_rows()), lambda: _batches(joined.records["row"], cells, bad)
    )
    return Package(
        "sds" if sds else "oneroster", (table,), encoding="utf-8", delimiter=",", version=version,
        mode=None if sds else mode, kinds=("enrolment",), warnings=tuple(warnings), teaching=joined.teaching,
    )  # fmt: skip


def _lost(joined: Joined) -> Iterator[tuple[int, str, str]]:
    yield from joined.lost.select("row", "usersourcedid", "classsourcedid").iter_rows()


def _said(joined: Joined, frames: Frames, mode: str) -> Iterator[Warned]:
    for name, count in joined.dangling.items():
        if count:
            yield Warned("reference_dangling", {"file": name, "found": count})
    if joined.guardians_left_out:
        yield Warned("guardians_left_out", {"found": joined.guardians_left_out})
    if joined.dates_ambiguous:
        yield Warned("dates_ambiguous", {"file": "demographics.csv"})
    marked = frames["users"].filter(pl.col("status") != "").height
    if mode == "bulk" and marked:
        yield Warned("bulk_with_status", {"file": "users.csv", "found": marked})


def _batches(rows: pl.Series, cells: pl.DataFrame, bad: list[BadRow]) -> Iterator[Batch]:
    """Row numbers are those of users.csv; a pupil of two schools has two records under one number."""
    for start in range(0, max(1, cells.height), BATCH_ROWS):
        refused = tuple(bad) if start == 0 else ()
        yield Batch(rows.slice(start, BATCH_ROWS).cast(pl.Int64), cells.slice(start, BATCH_ROWS), refused)


def _manifest(path: Path, limits: Limits) -> dict[str, str]:
    found: dict[str, str] = {}
    for _, cells, fault in read_records(path, limits):
        if not any(cells) or [c.strip().lower() for c in cells[:2]] == ["propertyname", "value"]:
            continue
        name = cells[0].strip()
        if fault or len(cells) < 2 or name in found:
            raise FileFault("manifest_malformed", file="manifest.csv")
        found[name] = cells[1].strip()
    if found.get("oneroster.version") not in {"1.1", "1.2", "1.2.1"}:
        raise FileFault("manifest_malformed", file="manifest.csv")
    return found


def _names(path: Path, limits: Limits) -> set[str]:
    for _, cells, _ in read_records(path, limits):
        return {cell.strip().lower() for cell in cells}
    return set()


def _frame(path: Path | None, name: str, limits: Limits) -> tuple[pl.DataFrame, list[BadRow]]:
    """A file with its columns in lower case and those that it lacks as blanks; an absent one has no rows."""
    wanted = COLUMNS[name]
    if path is None:
        return pl.DataFrame(schema={"row": pl.Int64, **dict.fromkeys(wanted, pl.String)}), []
    try:
        header, rows, cells, bad = read_table(path, limits)
    except FileFault as fault:
        raise FileFault(fault.code, file=f"{name}.csv", **fault.place) from None
    names = [cell.strip().lower() for cell in header]
    if lacking := [n for n in _NEEDED.get(name, ()) if n not in names]:
        raise FileFault("roster_incomplete", file=f"{name}.csv", column=", ".join(lacking))
    kept = {
        n: pl.col(f"c{names.index(n)}").str.strip_chars() for n in names if n in wanted or n.startswith("metadata.")
    }
    blank = {n: pl.lit("") for n in wanted if n not in names}
    return cells.select(**kept, **blank).with_columns(row=rows), bad
