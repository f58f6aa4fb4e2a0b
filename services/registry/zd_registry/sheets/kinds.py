"""What a slice says of a sheet that schools hand in to it. The composition roots list the kinds."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from zd_kernel.data.session import WriteSession
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Text


@dataclass(frozen=True, slots=True)
class SheetOf:
    """Whose sheet it is: what a kind's functions may ask beside the rows.

    `period` is what the kind lets the uploader say of all rows, such as a month; `reason` is why it was handed in.
    `office` tells that the uploader keeps the area of the school, and is not only of the school itself. `keyring` is
    for `apply` alone: keys do not go into the process that reads.
    """

    id: UUID
    organisation: str
    term: str
    period: str | None
    reason: str | None
    office: bool
    by: str
    today: date
    keyring: KeyRing | None = None
    agency: str = ""


NOBODY: Final = UUID(int=0)


class Entry(NamedTuple):
    """A row whose pupil is known. `value` is what the kind read: JSON alone.

    Of a kind `by_number`, nobody is known yet: `child_id` is `NOBODY`, and `value` has the hashes of the row's number
    as `marks`.
    """

    row: int
    child_id: UUID
    value: Any


def _no_column(_: str) -> str | None:
    return None


def _whole_sheet(_: Any) -> Any:
    return None


Reader = Callable[[Mapping[str, str], SheetOf], Any]
Apply = Callable[[WriteSession, SheetOf, Sequence[Entry]], Awaitable[dict[int, str]]]


@dataclass(frozen=True, slots=True)
class SheetKind:
    """`columns`: canonical name → writings of the header, Thai first; columns that name the pupil go without saying.

    `required` are needed beside the pupil. `any_column` names a column whose header is a value, such as a day of the
    month, or gives None. `read` is pure: cells by canonical name → what `apply` gets; it raises `RowFault`, and runs in
    another process, so it is a function of a module. `key` says of what it read which part must not come twice for a
    pupil. `apply` says of each row `accepted`, `unchanged` or the code of why it is refused; `reasons` are those codes.
    With `by_number` the rows are about children anywhere, named by number; `apply` finds them.
    `takes` are further columns of `files/headers.py` that the kind wants, under their canonical names.
    """

    name: str
    scope: str
    title: Text
    columns: Mapping[str, Sequence[str]]
    required: Sequence[str]
    read: Reader
    apply: Apply
    reasons: Mapping[str, Text] = field(default_factory=dict)
    any_column: Callable[[str], str | None] = _no_column
    key: Callable[[Any], Any] = _whole_sheet
    takes: Sequence[str] = ()
    by_number: bool = False


Kinds = Mapping[str, SheetKind]


def by_name(kinds: Sequence[SheetKind]) -> Kinds:
    return {kind.name: kind for kind in kinds}
