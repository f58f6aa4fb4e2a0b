from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_kernel.ids import uuid7
from zd_kernel.observe.redaction import REDACTED, redact
from zd_kernel.observe.trace import new_traceparent


@pytest.mark.parametrize(
    "personal",
    [
        "1101700230708",
        "1-1017-00230-70-8",
        "1 1017 00230 70 8",
        "๑๑๐๑๗๐๐๒๓๐๗๐๘",
        "0812345678",
        "081-234-5678",
        "08 1234 5678",
        "+66812345678",
        "+66 81 234 5678",
        "66812345678",
        "053123456",
        "02-123-4567",
        "U4af4980629fd1b4cf0a2f6c3d1e5b7a9",
        "C4af4980629fd1b4cf0a2f6c3d1e5b7a9",
    ],
)
def test_what_looks_like_a_personal_identifier_is_taken_out_wherever_it_stands(personal: str) -> None:
    for around in ("{}", "Key (citizen_id)=({})", '"a":"{}"', "เลข{},", "id {}."):
        line = around.format(personal)
        assert redact(line) == line.replace(personal, REDACTED)


@pytest.mark.parametrize(
    "harmless",
    [
        '"ms":0.812345678',
        "2026-11-20T22:54:19.123456+00:00",
        "2026-11-20 22:54:19",
        "0001-0000000000000000123",
        "zd.registry.nan-1.v1",
        "area 52030100",
        "position 110170023070812",
        "term 2567/1",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "127.0.0.1:8101",
    ],
)
def test_what_logs_are_made_of_stays(harmless: str) -> None:
    assert redact(harmless) == harmless


@given(st.uuids() | st.builds(uuid7))
def test_no_id_of_a_row_is_taken_for_a_person(row_id: UUID) -> None:
    assert redact(f"child {row_id}.") == f"child {row_id}."


@given(st.builds(new_traceparent))
def test_no_trace_is_taken_for_a_person(traceparent: str) -> None:
    assert redact(f'"{traceparent}" "{traceparent[3:35]}"') == f'"{traceparent}" "{traceparent[3:35]}"'


@given(st.from_regex(r"\d{13}", fullmatch=True))
def test_every_thirteen_digits_are_taken_out(digits: str) -> None:
    assert redact(f"={digits}=") == f"={REDACTED}="
