from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from zd_kernel.clock import SystemClock, bangkok_date, buddhist_year
from zd_kernel.ids import uuid7, uuid7_texts


@pytest.mark.parametrize(
    ("instant", "today"),
    [
        (datetime(2026, 5, 15, 16, 59, 59, tzinfo=UTC), date(2026, 5, 15)),
        (datetime(2026, 5, 15, 17, 0, 0, tzinfo=UTC), date(2026, 5, 16)),
    ],
)
def test_the_day_changes_at_midnight_in_bangkok(instant: datetime, today: date) -> None:
    assert bangkok_date(instant) == today


def test_years_are_shown_in_the_buddhist_era() -> None:
    assert buddhist_year(date(2024, 5, 16)) == 2567


def test_now_is_aware_and_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_ids_are_version_7_and_sort_by_the_millisecond_they_were_made_in() -> None:
    ids = [uuid7() for _ in range(2000)]
    assert {i.version for i in ids} == {7}
    assert {i.variant for i in ids} == {"specified in RFC 4122"}
    assert len(set(ids)) == len(ids)
    millis = [i.int >> 80 for i in ids]
    assert millis == sorted(millis)


def test_ids_made_together_ascend_and_are_of_the_moment() -> None:
    before = uuid7().int >> 80
    texts = uuid7_texts(5000)
    ids = [UUID(text) for text in texts]
    assert [str(i) for i in ids] == texts == sorted(set(texts))
    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}
    assert before <= ids[0].int >> 80 <= ids[-1].int >> 80 <= uuid7().int >> 80
