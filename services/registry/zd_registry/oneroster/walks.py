"""What walks through collections have in common: how many rows there are, and behind which row a page begins.

A caller who follows the links needs none of it, since they say where to go on. One who counts offsets would otherwise
make the database count and skip anew for every page.
"""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from zd_kernel.data.database import Database

_KEEP = timedelta(seconds=60)
_MOST = 2_000


class Remembered:
    """The last things put, each for a minute."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[datetime, Any]] = OrderedDict()

    def get(self, key: Hashable, now: datetime) -> Any:
        """None for what is not known, or no longer."""
        until, value = self._kept.get(key, (now, None))
        return value if until > now else None

    def put(self, key: Hashable, value: Any, now: datetime) -> None:
        self._kept[key] = (now + _KEEP, value)
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)


_OF_DATABASE: WeakKeyDictionary[Database, Remembered] = WeakKeyDictionary()


def remembered(database: Database) -> Remembered:
    return _OF_DATABASE.setdefault(database, Remembered())
