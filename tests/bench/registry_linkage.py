"""Enrolments without an identifier against the children of a register, beside Splink itself with the same model.

.venv/bin/python tests/bench/registry_linkage.py [--children N] [--records M] [--rounds R] [--seed S]

Ours is all of it: columns, keys, blocks, training, weights, one child per row and school, decisions. Splink is given
the prepared tables and does the training and the weights. `f1`, `auto_precision` and `recall` are of the automatic
links alone; each side runs in a process of its own, which is where `peak_mib` comes from. `cpu_ratio` compares the
processor's time: it holds on a busy machine too.
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.registry.corruption import enrolments
from tests.registry.people import population, with_keys
from zd_registry.linkage.engine import LinkSettings, connect, link, prepare_both, trained_linker

WITHOUT_A_CHILD = 0.1
NOT_GIVEN = ("household", "given_latin", "family_latin", "truth", "kinds")


def make(folder: Path, children: int, records: int, seed: int) -> None:
    """A register and what schools wrote, as Parquet files."""
    people = population(children + round(records * WITHOUT_A_CHILD), seed)
    for name, table in zip(
        ("records", "register"), enrolments(people, records, WITHOUT_A_CHILD, seed + 1), strict=True
    ):
        with_keys(table).write_parquet(folder / f"{name}.parquet")


class Cost(NamedTuple):
    seconds: float
    cpu: float
    mib: float


def spent(began: float, cpu: float) -> Cost:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(time.perf_counter() - began, time.process_time() - cpu, peak)


def ours(folder: Path) -> Cost:
    """The decisions are left in the folder."""
    records, register = given(folder)
    began = time.perf_counter(), time.process_time()
    links = link(records.to_arrow(), register.to_arrow())
    cost = spent(*began)
    pl.DataFrame(links.decisions).write_parquet(folder / "decisions.parquet")
    return cost


def splinks(folder: Path) -> Cost:
    records, register = given(folder)
    settings = LinkSettings()
    with connect(settings) as con:
        prepare_both(con, records.to_arrow(), register.to_arrow(), settings)
        began = time.perf_counter(), time.process_time()
        linker, _ = trained_linker(con, settings)
        assert linker is not None
        linker.inference.predict(threshold_match_weight=settings.limits.review, warning_mode="never")
        return spent(*began)


def given(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    records, register = (pl.read_parquet(folder / f"{name}.parquet") for name in ("records", "register"))
    return records.drop(NOT_GIVEN), register.drop(NOT_GIVEN, strict=False)


def quality(folder: Path) -> dict[str, float]:
    """How right the automatic links are; to standard error, what became of each kind of mistake."""
    told = pl.read_parquet(folder / "records.parquet", columns=["id", "truth", "kinds"])
    found = pl.read_parquet(folder / "decisions.parquet").join(told, left_on="record", right_on="id")
    right = (pl.col("decision") == "auto") & (pl.col("child") == pl.col("truth")).fill_null(value=False)
    links, good = found.filter(decision="auto").height, found.filter(right).height
    precision, recall = good / links, good / found["truth"].count()
    by_kind = found.filter(pl.col("truth").is_not_null()).with_columns(right=right).explode("kinds")
    shares = by_kind.group_by(kind=pl.col("kinds").fill_null("none")).agg(
        pl.len().alias("records"), pl.col("right").mean(), (pl.col("decision") == "review").mean().alias("review")
    )
    for kind, records, linked, review in shares.sort("right").rows():
        print(f"{kind:20} {records:7,} linked {linked:.3f}, in review {review:.3f}", file=sys.stderr)
    return {
        "f1": 2 * precision * recall / (precision + recall), "auto_precision": precision, "recall": recall,
        "review_share": found.filter(decision="review").height / found.height,
    }  # fmt: skip


def measured(side: Callable[[Path], Cost], folder: Path) -> Cost:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
        cost = own.submit(side, folder).result()
    print(f"{side.__name__}: {cost.seconds:.1f} s, {cost.cpu:.1f} s of processor, {cost.mib:,.0f} MiB", file=sys.stderr)
    return cost


def main() -> None:
    options = argparse.ArgumentParser()
    for name, usual in (("children", 1_000_000), ("records", 100_000), ("rounds", 3), ("seed", 3)):
        options.add_argument(f"--{name}", type=int, default=usual)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, asked.children, asked.records, asked.seed)
        rounds = [(measured(ours, folder), measured(splinks, folder)) for _ in range(asked.rounds)]
        figures = quality(folder)
    mine, bare = (statistics.median(each[side].seconds for each in rounds) for side in (0, 1))
    mine_cpu, bare_cpu = (statistics.median(each[side].cpu for each in rounds) for side in (0, 1))
    peak = max(each[0].mib for each in rounds)
    figures = {key: round(value, 5) for key, value in figures.items()}
    measures = {"cpu_ratio": mine_cpu / bare_cpu, "ours_s": mine, "splink_s": bare, "peak_mib": peak}
    costs = {key: round(value, 3) for key, value in measures.items()}
    print(json.dumps({"ratio": round(mine / bare, 3)} | figures | costs))


if __name__ == "__main__":
    main()
