"""What may be said about an exception.

Messages of database and validation errors quote the row (`Key (citizen_id)=(…)`) or the input, so no message is ever
repeated: class names, codes, constraints and places in the code say where to look without saying who it was about.
"""

from pathlib import PurePath
from traceback import extract_tb

from zd_kernel.problems import LoudStop, Problem

_FRAMES = 12
_CAUSES = 3
# Attributes that drivers and our own errors carry, all of them chosen by code or schema and never by a caller.
_SAFE = ("sqlstate", "constraint_name", "table_name", "errno")


def describe(error: BaseException, depth: int = 0) -> dict[str, object]:
    """Type, codes, `file:line function` of the innermost frames, and the same for its causes."""
    told: dict[str, object] = {"type": type(error).__qualname__}
    told |= {name: value for name in _SAFE if isinstance(value := getattr(error, name, None), str | int)}
    if isinstance(error, Problem):
        told["code"] = error.code
    if isinstance(error, LoudStop):
        told["message"] = str(error)
    told["frames"] = frames(error)
    if depth < _CAUSES and (cause := _cause(error)) is not None:
        told["cause"] = describe(cause, depth + 1)
    if depth < _CAUSES and isinstance(error, BaseExceptionGroup):
        told["errors"] = [describe(inner, depth + 1) for inner in error.exceptions[:_CAUSES]]
    return told


def frames(error: BaseException) -> list[str]:
    found = extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{'/'.join(PurePath(f.filename).parts[-3:])}:{f.lineno} {f.name}" for f in found]


def _cause(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)
