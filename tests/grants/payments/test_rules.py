import re
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from zd_grants.payments.rules import end_to_end_id

PLACEMENT = UUID("019a0000-0000-7000-8000-000000000001")


@given(st.from_regex(r"[a-z][a-z0-9-]{0,39}", fullmatch=True), st.uuids(), st.integers(1, 99))
def test_an_end_to_end_id_fits_iso_20022_and_is_the_same_every_time(
    payer: str, placement: UUID, instalment: int
) -> None:
    made = end_to_end_id(payer, placement, instalment)

    assert re.fullmatch(r"[A-Z0-9]{1,35}", made)
    assert made == end_to_end_id(payer, placement, instalment)


def test_no_two_payers_placements_or_instalments_share_an_end_to_end_id() -> None:
    ids = {
        end_to_end_id(payer, UUID(int=PLACEMENT.int + n), instalment)
        for payer in ("eef", "chiang-mai")
        for n in range(3)
        for instalment in (1, 11)
    }

    assert len(ids) == 12


def test_an_end_to_end_id_never_changes_between_releases() -> None:
    assert end_to_end_id("lampang", PLACEMENT, 1) == "ZDATKSKINHLQUGWALK45D3YLC3DDCTZX6D"
