from collections.abc import Callable
from typing import Any

from zd_registry.values.faults import RowFault


def reason_of(read: Callable[..., Any], *cells: Any, **options: Any) -> str | None:
    """Why `read` refuses the cells; None if it takes them. Any other error is a failure of the test."""
    try:
        read(*cells, **options)
    except RowFault as fault:
        return fault.reason
    return None
