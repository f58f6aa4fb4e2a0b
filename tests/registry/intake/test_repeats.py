"""Who stands twice in a file is found across its pieces, by whichever process goes on with the file."""

from uuid import UUID

import numpy as np

from tests.registry.conftest import Everything, Registry
from tests.registry.intake.test_apply import G_CODE, learns, lives, one, take_in
from zd_contracts.events.registry import ChildEnrolled, ChildMoved
from zd_kernel.ids import uuid7
from zd_registry.intake import repeats
from zd_registry.intake.repeats import KEEP_MARKS, Marked, remember, seen_of


def marked(first_row: int, *marks: int) -> Marked:
    rows = np.arange(first_row, first_row + len(marks), dtype=np.int32)
    return Marked(rows, np.array(marks, dtype=np.uint64))


async def repeated(everything: Everything, file: UUID, first: int, *pieces: Marked, kept: int = 10) -> list[list[int]]:
    """Of pieces from the `first` on, of which the first `kept` are taken in."""
    seen = await seen_of(everything.connection, file)
    found = [seen.sort_out(piece) for piece in pieces]
    remember(file, seen)
    for ordinal, piece in enumerate(found[:kept], start=first):
        await everything.connection.execute(KEEP_MARKS, file, ordinal, piece.fresh)
    return [piece.repeated for piece in found]


async def test_a_row_repeats_one_of_any_earlier_piece(everything: Everything) -> None:
    file = uuid7()
    assert await repeated(everything, file, 0, marked(2, 5, 2**64 - 1, 7), marked(5, 8)) == [[], []]
    assert await repeated(everything, file, 2, marked(6, 7, 9, 8), marked(9)) == [[6, 8], []]
    assert await repeated(everything, file, 4, marked(9, 5, 10)) == [[9]]


async def test_another_process_and_a_step_done_again_find_the_same(everything: Everything) -> None:
    file = uuid7()
    await repeated(everything, file, 0, marked(2, 5, 6))
    for _ in range(2):
        assert await repeated(everything, file, 1, marked(4, 6, 7), marked(6, 7, 8), kept=0) == [[4], [6]]
    assert await repeated(everything, file, 1, marked(4, 6, 7)) == [[4]]
    repeats._seen.clear()
    assert await repeated(everything, file, 2, marked(6, 7, 8)) == [[6]]


async def test_two_rows_of_a_register_that_lead_to_one_child_are_one_and_again_they_change_nothing(
    registry: Registry,
) -> None:
    await take_in(registry, "population", lives(1, g_code=G_CODE))
    rows = lives(1, area="520302"), lives(1, citizen_id="", g_code=G_CODE, area="520303")
    first = await take_in(registry, "population", *rows)
    assert (first["accepted"], first["unchanged"]) == (1, 1)
    assert (await take_in(registry, "population", *rows))["unchanged"] == 2
    assert await one(registry, "SELECT area, version FROM child") == (52030200, 2)
    assert await one(registry, "SELECT lived_in, until_date FROM residence") == (52030200, None)
    assert len(await registry.told(ChildMoved)) == 1


async def test_a_row_without_a_number_that_says_who_left_waits_for_nobody(registry: Registry) -> None:
    left = await take_in(registry, "enrolment", learns(1, citizen_id="", status="ลาออก"), learns(2, citizen_id=""))
    assert (left["unchanged"], left["unlinked"]) == (1, 1)
    assert await one(registry, "SELECT row FROM unlinked_record") == (3,)


async def test_two_rows_of_a_list_that_lead_to_one_pupil_are_one_and_again_they_change_nothing(
    registry: Registry,
) -> None:
    await take_in(registry, "population", lives(1, g_code=G_CODE))
    await take_in(registry, "enrolment", learns(1))
    rows = learns(1, grade="P5"), learns(1, citizen_id="", g_code=G_CODE, grade="P4")
    first = await take_in(registry, "enrolment", *rows)
    assert (first["accepted"], first["unchanged"]) == (1, 1)
    assert (await take_in(registry, "enrolment", *rows))["unchanged"] == 2
    assert await one(registry, "SELECT grade FROM enrolment") == ("P5",)
    assert len(await registry.told(ChildEnrolled)) == 2
