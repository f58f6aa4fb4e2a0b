"""What holds for a school on a day: its term, whether it is a school day and counts, and the area's policy."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from zd_kernel.data.session import WriteSession
from zd_kernel.scope import Range
from zd_registry.attendance.rules import POLICY, Policy
from zd_registry.organisations.models import Organisation
from zd_registry.organisations.queries import calendars_of
from zd_registry.organisations.rules import Calendar, Term, is_school_day, term_at
from zd_registry.policies.actions import policies
from zd_registry.policies.rules import InForce, in_force


@dataclass(frozen=True, slots=True)
class Frame:
    """`counts` is false for remote days, on which nobody can be absent; outside terms `term` is None."""

    day: date
    term: Term | None
    school_day: bool
    counts: bool
    policy: Policy


def counts(calendar: Calendar, day: date) -> bool:
    """Whether a mark of the day counts: at school, not remote."""
    special = calendar.days.get(day)
    return is_school_day(calendar, day) and (special is None or special.kind != "remote")


class Frames:
    """For some schools over some days, read at once."""

    def __init__(self, calendars: dict[str, Calendar], policies_known: Sequence[InForce]) -> None:
        self._calendars, self._policies = calendars, policies_known
        self._chosen: dict[tuple[int, date], Policy] = {}

    def at(self, school: Organisation, day: date) -> Frame:
        calendar = self._calendars[school.code]
        term = term_at(day, calendar.terms)
        policy = self.policy(school.area, term.start if term else day)
        return Frame(day, term, is_school_day(calendar, day), counts(calendar, day), policy)

    def calendar(self, school: Organisation) -> Calendar:
        return self._calendars[school.code]

    def policy(self, area: int, on: date) -> Policy:
        """A term keeps what held on its first day."""
        key = area, on
        if key not in self._chosen:
            found = in_force(self._policies, [Range(area, area)], on)
            if found is None:
                raise LookupError("the migration sets an attendance policy for the whole country")
            self._chosen[key] = Policy.of(found.value)
        return self._chosen[key]


async def frames_of(session: WriteSession, schools: Iterable[Organisation], days: Collection[date]) -> Frames:
    codes = [school.code for school in schools]
    return Frames(await calendars_of(session, codes, min(days), max(days)), await policies(session, POLICY))
