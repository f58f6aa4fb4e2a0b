"""Terms of the national calendar, by their labels."""

from zd_kernel.data.session import WriteSession
from zd_kernel.problems import Conflict
from zd_registry.organisations.queries import patterns
from zd_registry.organisations.rules import Term, terms_of


async def dates_of(session: WriteSession, label: str) -> Term:
    """Raises Conflict for a term that no calendar knows."""
    found = next((term for term in await _terms(session, label) if term.label == label), None)
    if found is None:
        raise Conflict("term_unknown", "ไม่มีภาคเรียนนี้ในปฏิทิน", "No calendar knows this term.")
    return found


async def next_term(session: WriteSession, label: str) -> str:
    following = f"{label[:5]}{int(label[5:]) + 1}"
    known = [term.label for term in await _terms(session, label)]
    return following if following in known else f"{int(label[:4]) + 1}/1"


async def _terms(session: WriteSession, label: str) -> tuple[Term, ...]:
    """Of the school year; none for a year before every calendar."""
    try:
        return terms_of(int(label[:4]), await patterns(session))
    except ValueError:
        return ()
