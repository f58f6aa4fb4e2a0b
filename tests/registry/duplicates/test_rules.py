from base64 import b64encode
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_kernel.keyring import KeyRing, Ring
from zd_registry.duplicates import rules

CHILD = {
    "nickname": None, "nationality": None, "home_language": None, "household_id": None, "registered_import_id": None,
    "sex": "unknown", "given_name": "ก", "family_name": "", "birth_date": None, "birth_precision": "day", "area": 0,
    "gone_kind": None, "gone_date": None,
    **{f"{part}_{key}": "" for part in ("given", "family") for key in ("key", "lk82", "udom83")},
}  # fmt: skip


def child(**values: Any) -> dict[str, Any]:
    return CHILD | values


def test_the_survivor_takes_only_what_it_lacks() -> None:
    survivor = child(nickname="ต้น", sex="male", area=52030100)
    other = child(nickname="ต่าย", sex="female", nationality="THA", family_name="ใจดี", family_key="ใจดี", area=50010100)

    assert rules.filled(survivor, other) == {
        "nationality": "THA", "family_name": "ใจดี", "family_key": "ใจดี", "family_lk82": "", "family_udom83": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("survivor", "other", "taken"),
    [
        ((None, "day"), ("2013-02-13", "day"), True),
        (("2013-01-01", "year"), ("2013-02-13", "day"), True),
        (("2013-02-01", "month"), ("2013-02-13", "day"), True),
        (("2013-02-01", "month"), ("2013-03-13", "day"), False),
        (("2012-01-01", "year"), ("2013-02-13", "day"), False),
        (("2013-02-13", "day"), ("2013-01-01", "year"), False),
        (("2013-02-13", "day"), (None, "day"), False),
    ],
)
def test_a_finer_birth_date_is_taken_if_it_is_the_same_one(survivor: Any, other: Any, taken: bool) -> None:
    one, two = (child(birth_date=day, birth_precision=precision) for day, precision in (survivor, other))
    assert ("birth_date" in rules.filled(one, two)) is taken


def state(status: str, term: str | None = "2567/1", evidence: str = "register") -> dict[str, Any]:
    return {"status": status, "term": term, "evidence_kind": evidence}


@pytest.mark.parametrize(
    ("survivor", "other", "stays"),
    [
        (None, None, "survivor"),
        (None, state("not_learning"), "merged"),
        (state("not_learning"), state("in_school", "2566/2", "enrolment"), "merged"),
        (state("training_or_work", "2567/1", "placement"), state("not_learning", "2567/2"), "survivor"),
        (state("in_school", "2567/1", "enrolment"), state("in_school", "2567/2", "enrolment"), "merged"),
        (state("unconfirmed", "2567/1", "none"), state("not_learning", "2567/1", "register"), "merged"),
        (state("gone"), state("gone"), "survivor"),
    ],
)
def test_the_better_evidenced_status_stays(survivor: Any, other: Any, stays: str) -> None:
    assert rules.better_state(survivor, other) == stays


@pytest.mark.parametrize(
    ("one", "other", "agreed"),
    [
        ((date(2013, 2, 13), "day"), (date(2013, 2, 13), "day"), "same"),
        ((date(2013, 1, 1), "year"), (date(2013, 1, 1), "day"), "alike"),
        ((date(2013, 1, 1), "year"), (date(2013, 7, 3), "day"), "alike"),
        ((date(2013, 2, 3), "day"), (date(2013, 3, 2), "day"), "alike"),
        ((date(2013, 2, 13), "day"), (date(2013, 3, 13), "day"), "different"),
        ((None, "day"), (date(2013, 3, 13), "day"), "one_lacks"),
        ((None, "day"), (None, "day"), "both_lack"),
    ],
)
def test_birth_dates_agree_as_far_as_they_are_known(one: Any, other: Any, agreed: str) -> None:
    sides = [{"birth_date": day, "birth_precision": precision} for day, precision in (one, other)]
    assert rules.agreement("birth_date", *sides) == rules.agreement("birth_date", *reversed(sides)) == agreed


ROWS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2), min_size=4)


@given(ROWS, ROWS, ROWS)
def test_putting_back_never_touches_what_the_merge_had_not_changed(before: Any, after: Any, current: Any) -> None:
    still, others = rules.put_back(before, after, current)
    assert {*still, *others} == {name for name in before if before[name] != after[name]}
    assert all(current[name] == after[name] for name in still)
    assert not set(still) & set(others)


@given(ROWS, ROWS)
def test_what_nobody_touched_goes_back_whole(before: Any, after: Any) -> None:
    still, others = rules.put_back(before, after, after)
    assert others == []
    assert after | {name: before[name] for name in still} == before


def test_a_snapshot_of_an_earlier_release_is_read_with_the_hashes_of_this_one() -> None:
    keyring = KeyRing(*[Ring.model_validate({"current": "k1", "keys": {"k1": b64encode(b"k" * 32).decode()}})] * 2)
    full, short = f"k1.{keyring.keyed_hash('x', '1').hex()}", keyring.blind("x", "1")
    rows = '{{"a": {{"citizen_id_index": "{0}", "details": {{"other_id": {{"index": "{0}"}}}}, "given_name": "ก"}}}}'
    assert rules.with_short_hashes(rows.format(full)) == rules.with_short_hashes(rows.format(short))
    assert rules.with_short_hashes(rows.format(short)) == rows.format(short)
