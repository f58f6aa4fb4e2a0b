"""Two pieces of a file are taken in beside each other."""

import pytest

from tests.registry.builders import a_child, a_file, people
from tests.registry.conftest import Registry
from zd_kernel.data.session import WriteSession
from zd_kernel.keyring import KeyRing
from zd_registry.imports.models import FileImport
from zd_registry.intake import lanes
from zd_registry.intake.pieces import ROWS_OF_A_PIECE
from zd_registry.intake.reading import Read
from zd_registry.intake.repeats import Sorted

PEOPLE = ROWS_OF_A_PIECE + 100


async def test_a_piece_that_fails_is_taken_in_later_and_the_one_beside_it_once(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*people(PEOPLE), a_child(1), a_child(PEOPLE + 1, sex="ผิด"), a_child(2, citizen_id="")]
    await registry.office.upload("population", a_file("population", rows))
    take, failing = lanes._take, [0]

    async def once(
        session: WriteSession, file: FileImport, piece: Read, found: Sorted, keyring: KeyRing, *, first: bool
    ) -> None:
        await take(session, file, piece, found, keyring, first=first)
        if piece.ordinal in failing:
            failing.remove(piece.ordinal)
            raise LookupError

    async def all_but_the_first(
        session: WriteSession, file: FileImport, piece: Read, found: Sorted, keyring: KeyRing, *, first: bool
    ) -> None:
        if piece.ordinal == 0:
            raise LookupError
        await take(session, file, piece, found, keyring, first=first)

    for patch in (all_but_the_first, once):
        monkeypatch.setattr(lanes, "_take", patch)
        with pytest.raises(LookupError):
            await registry.work()
    await registry.work()
    done = await registry.rows("SELECT rows, accepted, unchanged, rejected, unlinked, report FROM file_import")
    assert tuple(done[0].values())[:5] == (PEOPLE + 3, PEOPLE + 1, 0, 2, 1)
    assert await registry.event_counts() == {"registered.v1": PEOPLE}
    reasons = await registry.rows("SELECT row, reason FROM import_row ORDER BY row")
    assert [tuple(row.values()) for row in reasons] == [
        (PEOPLE + 2, "duplicate_in_file"), (PEOPLE + 3, "sex_malformed"),
    ]  # fmt: skip
