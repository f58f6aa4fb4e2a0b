"""Probabilistic linkage of records without a sure identifier to the children of the register, by Splink on DuckDB.

Fellegi–Sunter weights, trained on the data itself without labels: u from random pairs, m by expectation maximisation,
both repeatable by a seed. Heavy on memory and processor: to be run in a subprocess.
"""
# ruff: noqa: S608  (SQL put together from constants of its own)

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.splink_dataframe import SplinkDataFrame

from zd_registry.linkage import model
from zd_registry.linkage.columns import MACROS, drop_large_blocks, held_columns, prepare
from zd_registry.linkage.rules import Candidate, Limits, Verdict, resolve

SURE_PAIR = ("given_fold", "family_fold", "birth_day")
SURE_PAIRS_FOUND = 0.7


class LinkSettings(NamedTuple):
    """`limits` in bits. `largest_block`: children under one blocking key. With less than `least_records` or
    `least_children` the model's own probabilities stand instead of trained ones, and `expected` is the share of the
    records that have a child."""

    limits: Limits = Limits(auto=8, auto_own=5, review=-3, review_own=-4, margin=5)
    identifiers: tuple[str, ...] = ()
    largest_block: int = 300
    least_records: int = 1_000
    least_children: int = 5_000
    expected: float = 0.9
    seed: int = 1
    u_pairs: float = 2e6
    em_pairs: float = 2e6
    candidates_kept: int = 5
    memory: str = "4GB"
    threads: int = 2


DEFAULT = LinkSettings()


class Links(NamedTuple):
    """What became of every record.

    `decisions`: record, child (null: nobody), weight, runner_up, runner_up_weight, decision (auto|review|none), reason.
    `candidates` of the records that are linked or in review, best first: record, rank, child, weight and the weight of
    each field, in bits. `model`: the Splink settings used, as JSON-able values; `trained`: whether on this data.
    """

    decisions: pa.Table
    candidates: pa.Table
    model: dict[str, Any]
    trained: bool


def link(records: pa.Table, register: pa.Table, *, settings: LinkSettings = DEFAULT) -> Links:
    """Finds the child of each record. Both tables have `id` and any of the columns of `linkage.columns`; the records
    may have their `feed` and `organisation`, within which a child has one row at most.
    """
    with connect(settings) as con:
        prepare_both(con, records, register, settings)
        linker, trained = trained_linker(con, settings)
        if linker is None:
            return Links(_decisions(con, {}), _candidates(con, settings, []), {}, False)
        found = linker.inference.predict(threshold_match_weight=settings.limits.review, warning_mode="never")
        used = linker.misc.save_model_to_json()
        fields = [comparison["output_column_name"] for comparison in used["comparisons"]]
        _weigh(con, found.physical_name, fields)
        decisions = _decisions(con, _resolved(con, settings.limits))
        return Links(decisions, _candidates(con, settings, fields), used, trained)


def connect(settings: LinkSettings) -> duckdb.DuckDBPyConnection:
    # Names never lie on a disk in the clear: what does not fit into the memory is refused, not spilled.
    config: dict[str, Any] = {"memory_limit": settings.memory, "threads": settings.threads, "temp_directory": ""}
    con = duckdb.connect(config=config)
    con.execute("SET enable_progress_bar = false")
    # What training could not observe is no fault: the model's own probabilities stand for it.
    logging.getLogger("splink").setLevel(logging.ERROR)
    return con


def prepare_both(con: duckdb.DuckDBPyConnection, records: pa.Table, register: pa.Table, settings: LinkSettings) -> None:
    """Makes the tables `records` and `register` of what the model compares, and `records_id` and `register_id`."""
    con.execute(MACROS)
    prepare(con, "records", records, settings.identifiers)
    prepare(con, "register", register, settings.identifiers)
    drop_large_blocks(con, settings.largest_block)


def trained_linker(con: duckdb.DuckDBPyConnection, settings: LinkSettings) -> tuple[Linker | None, bool]:
    """A linker over the prepared tables, or none where they have nothing in common; and whether it could be trained."""
    held = held_columns(con, "records") & held_columns(con, "register")
    known = (*model.FIELDS, *map(model.identifier, settings.identifiers))
    fields = tuple(field for field in known if field.needs in held)
    if not fields or not any(model.key_column(number) in held for number in range(len(model.BLOCKS))):
        return None, False
    sizes = [_count(con, side) for side in ("records", "register")]
    start = model.settings(fields, held, prior=settings.expected / sizes[1])
    database = DuckDBAPI(con)
    tables = [database.register(side, dataset_display_name=side) for side in ("records", "register")]
    if sizes[0] < settings.least_records or sizes[1] < settings.least_children:
        return Linker(tables, start, log_level=None), False
    return Linker(tables, _learnt(tables, start, held, settings), log_level=None), True


def _learnt(
    tables: Sequence[SplinkDataFrame], start: SettingsCreator, held: set[str], settings: LinkSettings
) -> dict[str, Any]:
    """The settings with probabilities counted and estimated here; what could not be observed stays as it was."""
    linker = Linker(tables, start, log_level=None)
    if held.issuperset(SURE_PAIR):
        linker.training.estimate_probability_two_random_records_match([block_on(*SURE_PAIR)], recall=SURE_PAIRS_FOUND)
    linker.training.estimate_u_using_random_sampling(
        max_pairs=settings.u_pairs, seed=settings.seed, min_count_per_level=None, num_chunks=1
    )
    learnt = model.taught(start.create_settings_dict("duckdb"), linker.misc.save_model_to_json())
    for lesson in model.LESSONS:
        part, block = model.part_of(learnt, lesson.fields), [column for column in lesson.block if column in held]
        if part["comparisons"] and block:
            pupil = Linker(tables, part, log_level=None)
            pupil.training.estimate_parameters_using_expectation_maximisation(
                block_on(*block), max_pairs=settings.em_pairs, record_sample_proportion=0.2
            )
            learnt = model.taught(learnt, pupil.misc.save_model_to_json())
    return learnt


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    ((count,),) = con.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(count)


def _weigh(con: duckdb.DuckDBPyConnection, predicted: str, fields: Sequence[str]) -> None:
    """Makes the table `pair`: record and child by number, the weight, that of each field and of the person's own.

    A record is never paired with itself. Sums differ in their last digits from run to run: hence the rounding.
    """
    held = {name for name, *_ in con.execute(f"DESCRIBE {predicted}").fetchall()}
    terms = {
        field: " + ".join(name for name in (f"mw_{field}", f"mw_tf_adj_{field}") if name in held) for field in fields
    }
    weights = ", ".join(f"round({sql}, 6) AS {field}" for field, sql in terms.items())
    own = " + ".join(terms[field] for field in fields if field in model.OWN) or "0"
    con.execute(f"""CREATE TABLE pair AS
        SELECT unique_id_l AS record, unique_id_r AS child, round(match_weight, 6) AS weight, round({own}, 6) AS own,
            {weights}
        FROM {predicted} JOIN records_id AS l ON l.unique_id = unique_id_l
        JOIN register_id AS r ON r.unique_id = unique_id_r
        WHERE CAST(l.id AS VARCHAR) <> CAST(r.id AS VARCHAR)""")


def _resolved(con: duckdb.DuckDBPyConnection, limits: Limits) -> dict[int, Verdict]:
    found = con.execute("SELECT record, child, weight, own FROM pair").fetchall()
    schools = con.execute("""SELECT unique_id, dense_rank() OVER (ORDER BY feed, organisation) FROM records_id
        WHERE organisation IS NOT NULL""").fetchall()
    return resolve((Candidate(*pair) for pair in found), dict(schools), limits)


def _decisions(con: duckdb.DuckDBPyConnection, verdicts: dict[int, Verdict]) -> pa.Table:
    columns = zip(*((record, *verdict) for record, verdict in verdicts.items()), strict=True)
    names = ("record", "child", "weight", "runner_up", "runner_up_weight", "decision", "reason")
    kinds = (pa.int64(), pa.int64(), pa.float64(), pa.int64(), pa.float64(), pa.string(), pa.string())
    values = list(columns) or [()] * len(names)
    table = pa.table({name: pa.array(told, kind) for name, told, kind in zip(names, values, kinds, strict=True)})
    con.register("verdict_given", table)
    con.execute("CREATE TABLE verdict AS FROM verdict_given")
    return con.sql("""SELECT l.id AS record, best.id AS child, weight, second.id AS runner_up, runner_up_weight,
            coalesce(decision, 'none') AS decision, coalesce(reason, 'nobody') AS reason
        FROM records_id AS l LEFT JOIN verdict ON record = l.unique_id
        LEFT JOIN register_id AS best ON best.unique_id = child
        LEFT JOIN register_id AS second ON second.unique_id = runner_up ORDER BY l.unique_id""").to_arrow_table()


def _candidates(con: duckdb.DuckDBPyConnection, settings: LinkSettings, fields: Sequence[str]) -> pa.Table:
    if not fields:
        return pa.table({"record": [], "rank": [], "child": [], "weight": []})
    weights = ", ".join(f"pair.{name}" for name in fields)
    return con.sql(f"""SELECT l.id AS record, rank, r.id AS child, pair.weight, {weights}
        FROM (SELECT *, row_number() OVER (PARTITION BY record ORDER BY weight DESC, child) AS rank FROM pair) AS pair
        JOIN verdict USING (record) JOIN records_id AS l ON l.unique_id = record
        JOIN register_id AS r ON r.unique_id = pair.child
        WHERE rank <= {settings.candidates_kept} ORDER BY record, rank""").to_arrow_table()
