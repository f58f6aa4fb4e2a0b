from datetime import UTC, date, datetime, timedelta

import pytest

from zd_notify.messages.rules import award_text, baht, next_attempt

FIRST = datetime(2024, 8, 2, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("satang", "text"),
    [(1, "0.01"), (100, "1"), (125_050, "1,250.50"), (300_000, "3,000"), (10**12, "10,000,000,000")],
)
def test_satang_are_shown_as_baht(satang: int, text: str) -> None:
    assert baht(satang) == text


def test_an_award_is_told_in_thai_and_then_in_english_with_the_year_in_the_buddhist_era() -> None:
    assert award_text(300_000, date(2024, 2, 29)) == (
        "เงินสนับสนุนการเรียนรู้ 3,000 บาท ได้รับอนุมัติแล้ว เมื่อวันที่ 29 กุมภาพันธ์ พ.ศ. 2567\n\n"
        "A learning grant of 3,000 baht was approved on 29 February 2567 B.E."
    )


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (30, 3600)])
def test_the_pause_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert next_attempt(FIRST, FIRST, attempts) == FIRST + timedelta(seconds=seconds)


def test_nothing_is_sent_again_when_line_may_have_forgotten_the_key() -> None:
    now = FIRST
    for attempts in range(1, 100):
        at = next_attempt(now, FIRST, attempts)
        if at is None:
            break
        now = at
    assert timedelta(hours=21) < now - FIRST < timedelta(hours=23)
