"""A kind of sheet for the tests of the mechanism: what a pupil scored, kept in a table of the test's own."""

from collections.abc import Mapping, Sequence

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Text
from zd_registry.sheets.kinds import Entry, SheetKind, SheetOf
from zd_registry.values.faults import RowFault

TABLE = "CREATE TABLE score (child_id uuid PRIMARY KEY, score int NOT NULL)"
_PUT = """
INSERT INTO score (child_id, score) VALUES ($1, $2)
ON CONFLICT (child_id) DO UPDATE SET score = excluded.score WHERE score.score <> excluded.score
"""


def read(cells: Mapping[str, str], of: SheetOf) -> int:
    if not cells["score"].isdigit():
        raise RowFault("score_malformed")
    return int(cells["score"])


async def apply(session: WriteSession, of: SheetOf, entries: Sequence[Entry]) -> dict[int, str]:
    connection = await session.driver()
    outcomes = {}
    for entry in entries:
        if entry.value > 100:
            outcomes[entry.row] = "score_too_high"
            continue
        changed = (await connection.execute(_PUT, entry.child_id, entry.value)).endswith(" 1")
        outcomes[entry.row] = "accepted" if changed else "unchanged"
    return outcomes


SCORES = SheetKind(
    name="scores",
    scope="registry:attendance",
    title=Text("คะแนน", "scores"),
    columns={"score": ("คะแนน", "score")},
    required=("score",),
    read=read,
    apply=apply,
    reasons={
        "score_malformed": Text("คะแนนต้องเป็นตัวเลข", "A score is a number."),
        "score_too_high": Text("คะแนนเกิน 100", "The score is above 100."),
    },
)
