from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from splink import Linker
from splink.internals.duckdb.database_api import DuckDBAPI

from tests.registry.corruption import enrolments
from tests.registry.people import population, with_keys
from zd_registry.linkage import model
from zd_registry.linkage.columns import held_columns
from zd_registry.linkage.engine import Links, LinkSettings, connect, link, prepare_both

NOT_GIVEN = ("household", "given_latin", "family_latin", "truth", "kinds")
SETTINGS = LinkSettings(u_pairs=3e5, em_pairs=3e5, memory="1GB")


@pytest.fixture(scope="module")
def told() -> tuple[pl.DataFrame, pl.DataFrame]:
    """What schools wrote of 2,000 people, and a register of 15,000 children."""
    records, register = enrolments(population(15_200, 11), 2_000, 0.1, 12)
    return with_keys(records), with_keys(register)


def linked(records: pl.DataFrame, register: pl.DataFrame, settings: LinkSettings = SETTINGS) -> Links:
    given = (table.drop(NOT_GIVEN, strict=False).to_arrow() for table in (records, register))
    return link(*given, settings=settings)


def quality(links: Links, records: pl.DataFrame) -> tuple[float, float, float]:
    """(precision and recall of automatic links, share in review)"""
    truth = records.select("id", "truth")
    found = pl.DataFrame(links.decisions).join(truth, left_on="record", right_on="id", validate="1:1")
    auto = found.filter(decision="auto")
    right = auto.filter(pl.col("child") == pl.col("truth")).height
    return right / auto.height, right / found["truth"].count(), found.filter(decision="review").height / found.height


def test_records_without_an_identifier_find_their_child(told: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    links = linked(*told)
    precision, recall, review = quality(links, told[0])
    assert links.trained
    assert precision >= 0.997
    assert recall >= 0.96
    assert review <= 0.02
    assert links.decisions.num_rows == told[0].height
    again = linked(*told)
    assert again.decisions.equals(links.decisions)


def test_a_few_records_are_weighed_with_the_models_own_probabilities(told: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    records = told[0].head(300)
    links = linked(records, told[1])
    precision, recall, _ = quality(links, records)
    assert not links.trained
    assert precision >= 0.98
    assert recall >= 0.9


@pytest.mark.parametrize(
    "absent",
    [
        ["given_lk82", "family_lk82", "given_udom83", "family_udom83", "given_key", "family_key"],
        ["area"], ["sex"], ["organisation"], ["guardian_key"], ["birth_precision"],
        ["area", "sex", "organisation", "guardian_key"],
    ],
)  # fmt: skip
def test_any_column_may_be_absent_on_either_side(told: tuple[pl.DataFrame, pl.DataFrame], absent: list[str]) -> None:
    records, register = told[0].head(900), told[1]
    for one, other in ((records.drop(absent), register), (records, register.drop(absent))):
        precision, recall, _ = quality(linked(one, other), records)
        assert precision >= 0.97
        assert recall >= 0.6


CHILD = {"id": "c1", "given_name": "สมหญิง", "family_name": "ทองดี", "birth_date": date(2015, 3, 7), "sex": "female",
         "area": 52030102, "passport_index": None}  # fmt: skip
OTHERS = [
    {"id": f"c{number}", "given_name": f"ก{'ขคงจชซ'[number % 6]}{'ะาิุเ'[number % 5]}น",
     "family_name": f"พ{'ดตนมย'[number % 5]}ร",
     "birth_date": date(2010 + number % 9, 1 + number % 12, 1 + number % 28), "sex": "male", "area": 50010101 + number}
    for number in range(2, 60)
]  # fmt: skip


def one(record: dict[str, Any], *children: dict[str, Any], **settings: Any) -> dict[str, Any]:
    links = link(
        pa.Table.from_pylist([record]),
        pa.Table.from_pylist([CHILD, *children, *OTHERS]),
        settings=LinkSettings(memory="500MB", **settings),
    )
    return dict(links.decisions.to_pylist()[0])


@pytest.mark.parametrize(
    "change",
    [
        {}, {"given_name": "สมหยิง"}, {"family_name": "ทองดี้"}, {"given_name": "เด็กหญิงสมหญิง"},
        {"birth_date": date(2015, 7, 3)}, {"birth_date": date(2558, 3, 7)}, {"birth_date": date(1472, 3, 7)},
        {"birth_date": date(2015, 1, 1), "birth_precision": "year"}, {"area": 50010101}, {"sex": "unknown"},
        {"area": 0},
        {"given_name": "ทองดี", "family_name": "สมหญิง"}, {"given_name": "สมหญิง (นิว)"}, {"family_name": "ใจใส"},
        {"given_name": "Somying", "family_name": "Thongdee"},
    ],
)  # fmt: skip
def test_each_kind_of_mistake_alone_still_finds_the_child(change: dict[str, Any]) -> None:
    found = one({**CHILD, "id": "r", **change})
    assert (found["child"], found["decision"] in {"auto", "review"}) == ("c1", True)


@pytest.mark.parametrize(
    ("given", "family"),
    [("محمد", "الفاسي"), ("Élodie", "Nguyễn"), ("ဇော်ဇော်", "ထွန်း"), ("小明", "王"), ("Иван", "Петров")],
)
def test_names_in_any_script_are_compared(given: str, family: str) -> None:
    person = {**CHILD, "id": "other", "given_name": given, "family_name": family}
    found = one({**person, "id": "r", "area": 52030199}, person)
    assert (found["child"], found["decision"]) == ("other", "auto")


def test_a_person_with_one_name_only_is_found() -> None:
    person = {**CHILD, "id": "other", "given_name": "ฮาซันนูรดิน", "family_name": ""}
    assert one({**person, "id": "r"}, person)["child"] == "other"


def test_a_brother_or_sister_of_the_same_home_is_not_the_child() -> None:
    found = one({**CHILD, "id": "r", "given_name": "วีรพงษ์", "birth_date": date(2012, 11, 20), "sex": "male"})
    assert found["decision"] == "none"


def test_a_record_is_never_paired_with_itself() -> None:
    assert one(CHILD)["decision"] == "none"


def test_two_equal_children_are_for_a_reviewer() -> None:
    found = one({**CHILD, "id": "r"}, {**CHILD, "id": "twice"})
    assert (found["decision"], found["reason"]) == ("review", "ambiguous")
    assert {found["child"], found["runner_up"]} == {"c1", "twice"}


def test_an_identifier_of_another_scheme_decides_between_two() -> None:
    other = {**CHILD, "id": "other", "passport_index": "abc"}
    found = one({**CHILD, "id": "r", "passport_index": "abc"}, other, identifiers=("passport_index",))
    assert (found["child"], found["decision"]) == ("other", "auto")


def test_the_reviewer_sees_the_weight_of_each_field() -> None:
    links = link(
        pa.Table.from_pylist([{**CHILD, "id": "r", "sex": "male"}]), pa.Table.from_pylist([CHILD, *OTHERS]),
        settings=LinkSettings(memory="500MB"),
    )  # fmt: skip
    (best, *_) = links.candidates.to_pylist()
    assert best["sex"] < 0 < min(best["given"], best["family"], best["birth"], best["area"])


@pytest.mark.parametrize("records", [[], [{"id": "r"}], [{"id": "r", "nickname": "นิว"}]])
def test_records_that_say_nothing_find_nobody(records: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(records) if records else pa.table({"id": pa.array([], pa.string())})
    links = link(table, pa.Table.from_pylist([CHILD]), settings=LinkSettings(memory="500MB"))
    assert [row["decision"] for row in links.decisions.to_pylist()] == ["none"] * len(records)


def test_the_same_settings_are_valid_for_spark() -> None:
    held = {model.key_column(number) for number in range(len(model.BLOCKS))}
    settings = model.settings(model.FIELDS, held, prior=1e-6).create_settings_dict("spark")
    names = [found["output_column_name"] for found in settings["comparisons"]]
    assert names == ["given", "family", "birth", "sex", "area", "organisation", "guardian"]


@pytest.mark.timeout(300)
def test_spark_gives_the_same_weights_as_duckdb(told: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    spark_api: Any = pytest.importorskip("splink.internals.spark.database_api").SparkAPI
    records, register = (
        table.drop(NOT_GIVEN, strict=False).to_arrow() for table in (told[0].head(200), told[1].head(3_000))
    )
    with connect(SETTINGS) as con:
        prepare_both(con, records, register, SETTINGS)
        held = held_columns(con, "records") & held_columns(con, "register")
        wanted = model.settings(model.FIELDS, held, prior=1e-4)
        spark = sql.SparkSession.builder.master("local[1]").getOrCreate()
        tables = {side: con.table(side).to_arrow_table() for side in ("records", "register")}
        duck = DuckDBAPI(con)
        both = []
        for database, source in (
            (duck, dict.fromkeys(tables)),
            (spark_api(spark_session=spark, break_lineage_method="persist"), tables),
        ):
            sides = [database.register(side if kept is None else spark.createDataFrame(kept),
                                       dataset_display_name=side) for side, kept in source.items()]  # fmt: skip
            pairs = Linker(sides, wanted, log_level=None).inference.predict(threshold_match_weight=0)
            both.append({(row["unique_id_l"], row["unique_id_r"]): round(row["match_weight"], 6)
                         for row in pairs.as_record_list()})  # fmt: skip
        spark.stop()
    assert both[0] == both[1] != {}


def test_what_does_not_fit_into_the_memory_is_refused_and_never_lies_on_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with connect(LinkSettings(memory="60MB", threads=1)) as con, pytest.raises(duckdb.OutOfMemoryException):
        con.execute("CREATE TABLE names AS SELECT 'name ' || i || repeat('x', 50) AS name FROM range(3000000) r(i)")
        con.execute("SELECT count(*) FROM (SELECT DISTINCT name FROM names ORDER BY name)")
    assert list(tmp_path.iterdir()) == []
