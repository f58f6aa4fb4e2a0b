"""From the columns that a caller has, to those that the model compares. SQL of DuckDB; any column may be absent."""
# ruff: noqa: S608  (SQL put together from constants of its own)

import io
from collections.abc import Collection

import duckdb
import pyarrow as pa
from pyarrow import compute, csv

from zd_registry.linkage.model import BLOCKS, Block, key_column

TEXTS = (
    "given_name", "family_name", "given_lk82", "family_lk82", "given_udom83", "family_udom83", "sex", "organisation",
)  # fmt: skip
COMPARED = (
    "given_lk82", "family_lk82", "given_udom83", "family_udom83", "sex", "organisation", "guardian_1", "guardian_2",
    "birth_day", "birth_month", "birth_year", "birth_swapped", "birth_m", "birth_d",
    "village", "tambon", "district", "province",
)  # fmt: skip
_TYPES = {"area": pa.int64(), "birth_date": pa.date32()}
# Thai letters of one sound become one sign of one byte, because DuckDB's edit distance counts bytes; รร and ำ are
# written out before. None of the signs is a small Latin letter: names in other scripts stay what they are.
SOUNDS = (
    "ก", "ขฃ", "คฅฆ", "ง", "จ", "ฉ", "ชฌ", "ซศษส", "ดฎ", "ตฏ", "ถฐ", "ทฑฒธ", "นณ", "บ", "ป", "ผ", "ฝ", "พภ", "ฟ", "ม",
    "ยญ", "รฤ", "ลฬ", "ว", "ห", "ฮ", "อ", "ฦ", "า", "ิี", "ึื", "ุู", "ั", "เ", "แ", "โ", "ใไ",
)  # fmt: skip
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!"
LETTERS = (
    "".join(SOUNDS), "".join(sign * len(letters) for sign, letters in zip(SIGNS, SOUNDS, strict=True)),
)  # fmt: skip
UNHEARD = r"\([^)]*\)?|[่้๊๋็์ํ๎ะๆฯ]|[^\p{L}\p{M}]"
# Consonants by where the mouth makes them, the same for Thai letters and for the ways to write them in Latin ones. What
# one romanisation keeps and another drops (h, w, y, vowels) is left out.
FRAME = (
    "กขคฆฃฅkgqxงญณนรลฬฤnrlจฉชซฌฎฏฐฑฒดตถทธศษสcdjstzบปผฝพฟภbfpมำm",
    "K" * 10 + "N" * 11 + "T" * 24 + "P" * 10 + "MMM",
)
MACROS = f"""
CREATE TEMP MACRO heard(written) AS nullif(CASE WHEN regexp_matches(written, '[ก-ฮ]')
    THEN translate(regexp_replace(replace(replace(lower(written), 'รร', 'ั'), 'ำ', 'ัม'), '{UNHEARD}', '', 'g'),
        '{LETTERS[0]}', '{LETTERS[1]}')
    ELSE regexp_replace(lower(strip_accents(written)), '{UNHEARD}', '', 'g') END, '');
CREATE TEMP MACRO once(letters, letter) AS
    replace(replace(letters, letter || letter, letter), letter || letter, letter);
CREATE TEMP MACRO frame(written) AS nullif(once(once(once(once(once(regexp_replace(
    translate(regexp_replace(replace(lower(written), 'ng', 'n'), '[ก-ฮ][ิุ]?์', '', 'g'), '{FRAME[0]}', '{FRAME[1]}'),
    '[^KNTPM]', '', 'g'), 'K'), 'N'), 'T'), 'P'), 'M'), '');
CREATE TEMP MACRO script(written) AS CASE WHEN regexp_matches(written, '[ก-ฮ]') THEN 'thai'
    WHEN regexp_matches(lower(written), '[a-z]') THEN 'latin' END;
-- A year that is 543 away from any that a living person was born in was written in the other era.
CREATE TEMP MACRO born(year) AS CASE WHEN year > 2400 THEN year - 543 WHEN year < 1500 THEN year + 543 ELSE year END;
"""


def exported(content: bytes) -> pa.Table:
    """A CSV with a header that the database wrote; the guardians of a child stand in one cell, with spaces between."""
    names = content[: content.index(b"\n")].decode().split(",")
    kinds = {name: _TYPES.get(name, pa.string()) for name in names}
    table = csv.read_csv(
        io.BytesIO(content),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=kinds, strings_can_be_null=True),
    )
    if "guardian_key" not in names:
        return table
    split = compute.utf8_split_whitespace(table["guardian_key"])
    return table.set_column(names.index("guardian_key"), "guardian_key", split)


def prepare(con: duckdb.DuckDBPyConnection, side: str, table: pa.Table, identifiers: Collection[str]) -> None:
    """Makes the table `side` of what the model compares, rows numbered by `unique_id`, and `<side>_id` of their ids."""
    # Numbered here, because a window function of DuckDB would read the rows on one processor.
    con.register(f"{side}_given", table.append_column("unique_id", pa.array(range(table.num_rows), pa.int64())))
    types = {name: str(kind) for name, kind in zip(table.column_names, table.schema.types, strict=True)}
    held = {name for name in types if types[name] != "null"}
    texts = ", ".join(_text(name, held) for name in (*TEXTS, *identifiers))
    group = "feed" if "feed" in held else "NULL"
    con.execute(f"""CREATE TEMP TABLE {side}_raw AS SELECT unique_id, id,
        {texts}, {_value("area", "BIGINT", held)}, {_value("birth_date", "DATE", held)},
        coalesce({_value("birth_precision", "VARCHAR", held, named=False)}, 'day') AS birth_precision,
        {_guardians(types)}, CAST({group} AS VARCHAR) AS feed FROM {side}_given""")
    con.unregister(f"{side}_given")
    names = " UNION ".join(f"SELECT {part}_name AS written FROM {side}_raw" for part in ("given", "family"))
    con.execute(f"""CREATE TEMP TABLE {side}_name AS SELECT written, heard(written) AS fold, script(written) AS script,
        frame(written) AS frame FROM ({names}) WHERE written IS NOT NULL""")
    parts = ", ".join(f"{part}.fold AS {part}_fold, {part}.script AS {part}_script, {part}.frame AS {part}_frame"
                      for part in ("given", "family"))  # fmt: skip
    keys = ", ".join(f"{_key(block, side)} AS {key_column(number)}" for number, block in enumerate(BLOCKS))
    con.execute(f"""CREATE TABLE {side} AS SELECT *, {keys} FROM (
        SELECT unique_id, {parts}, {", ".join((*COMPARED, *identifiers))}
        FROM ({_derived(side)}) AS told LEFT JOIN {side}_name AS given ON given.written = given_name
        LEFT JOIN {side}_name AS family ON family.written = family_name)""")
    con.execute(f"CREATE TABLE {side}_id AS SELECT unique_id, id, feed, organisation FROM {side}_raw")
    for spent in ("raw", "name"):
        con.execute(f"DROP TABLE {side}_{spent}")


def drop_large_blocks(con: duckdb.DuckDBPyConnection, most: int) -> None:
    """A key that more than `most` children share says too little: its records are found by their other keys."""
    for key in map(key_column, range(len(BLOCKS))):
        con.execute(f"""UPDATE records SET {key} = NULL WHERE {key} IN
            (SELECT {key} FROM register WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > {most})""")


def held_columns(con: duckdb.DuckDBPyConnection, side: str) -> set[str]:
    """The columns of a prepared table that hold a value in any row."""
    names = [name for name, *_ in con.execute(f"DESCRIBE {side}").fetchall()]
    (counts,) = con.execute(f"SELECT {', '.join(f'count({name})' for name in names)} FROM {side}").fetchall()
    return {name for name, count in zip(names, counts, strict=True) if count}


def _text(name: str, held: set[str]) -> str:
    value = f"nullif({_value(name, 'VARCHAR', held, named=False)}, '')"
    return f"nullif({value}, 'unknown') AS {name}" if name == "sex" else f"{value} AS {name}"


def _value(name: str, kind: str, held: set[str], *, named: bool = True) -> str:
    value = f"CAST({name if name in held else 'NULL'} AS {kind})"
    return f"{value} AS {name}" if named else value


def _guardians(types: dict[str, str]) -> str:
    kind = types.get("guardian_key", "null")
    first, second = ("guardian_key[1]", "guardian_key[2]") if "list" in kind else ("guardian_key", "NULL")
    if kind == "null":
        first = "NULL"
    return f"nullif(CAST({first} AS VARCHAR), '') AS guardian_1, nullif(CAST({second} AS VARCHAR), '') AS guardian_2"


def _derived(side: str) -> str:
    return f"""
        SELECT * EXCLUDE (y, m, d), y AS birth_year,
            CASE WHEN d IS NOT NULL THEN y * 10000 + m * 100 + d END AS birth_day, y * 100 + m AS birth_month,
            CASE WHEN d <= 12 AND d <> m THEN y * 10000 + d * 100 + m END AS birth_swapped, m AS birth_m, d AS birth_d,
            CASE WHEN area % 100 > 0 THEN area END AS village,
            CASE WHEN area // 100 % 100 > 0 THEN area // 100 END AS tambon,
            CASE WHEN area // 10000 % 100 > 0 THEN area // 10000 END AS district,
            nullif(area // 1000000, 0) AS province
        FROM (SELECT *, CAST(born(year(birth_date)) AS INTEGER) AS y,
            CASE WHEN birth_precision <> 'year' THEN CAST(month(birth_date) AS INTEGER) END AS m,
            CASE WHEN birth_precision = 'day' THEN CAST(day(birth_date) AS INTEGER) END AS d FROM {side}_raw)"""


def _key(block: Block, side: str) -> str:
    parts = block.right if side == "register" and block.right else block.left
    known = " AND ".join(f"{part} IS NOT NULL" for part in parts)
    return f"CASE WHEN {known} THEN CAST(hash({', '.join(parts)}) >> 1 AS BIGINT) END"
