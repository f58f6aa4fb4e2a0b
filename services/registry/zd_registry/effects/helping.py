"""Attendance on either side of a day of help, of whoever was helped and of pupils alike who were not: set-based."""
# ruff: noqa: S608  (SQL put together from constants of its own)

from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from zd_kernel.scope import Range, Scope
from zd_registry.attendance.codes import WORTH
from zd_registry.effects.queries import reached
from zd_registry.indicators.asking import Arguments

MOST_OF_CHILD: Final = 20
"""So many days of help of a kind are shown of one child, the latest."""


def _weighed(marks: str, worth: dict[str, int]) -> str:
    """Half days in a string of codes: characters of each worth, counted by what is left without them."""
    parts = [
        f"{halves} * (octet_length({marks}) - octet_length(translate({marks}, '{codes}', '')))"
        for halves in (1, 2)
        if (codes := "".join(code for code, worth_of in worth.items() if worth_of == halves))
    ]
    return f"({' + '.join(parts)})"


_DUE: Final = {code: worth.due for code, worth in WORTH.items()}
_MISSED: Final = {code: worth.leave + worth.sick + worth.absent for code, worth in WORTH.items()}
# What is known of one row for both windows around {day}: half days due and missed. Nearly every day is present, so
# these are counted apart, which leaves little to look at. OFFSET 0 keeps the planner from working each string out anew
# wherever it is named.
_PARTS: Final = f"""CROSS JOIN LATERAL (SELECT
        replace(substr({{row}}.marks, greatest({{day}} - {{days}} - {{row}}.first_day + 1, 1),
            greatest({{day}} - greatest({{day}} - {{days}}, {{row}}.first_day), 0)), '.', '') AS earlier,
        replace(substr({{row}}.marks, greatest({{day}} + 1 - {{row}}.first_day + 1, 1),
            greatest({{day}} + {{days}} - greatest({{day}} + 1, {{row}}.first_day) + 1, 0)), '.', '') AS later OFFSET 0
    ) part CROSS JOIN LATERAL (
        SELECT replace(part.earlier, 'p', '') AS earlier, replace(part.later, 'p', '') AS later OFFSET 0
    ) rest CROSS JOIN LATERAL (SELECT
        2 * (octet_length(part.earlier) - octet_length(rest.earlier)) + {_weighed("rest.earlier", _DUE)} AS due_before,
        {_weighed("rest.earlier", _MISSED)} AS missed_before,
        2 * (octet_length(part.later) - octet_length(rest.later)) + {_weighed("rest.later", _DUE)} AS due_after,
        {_weighed("rest.later", _MISSED)} AS missed_after OFFSET 0) w"""
_SUMS: Final = """sum(w.due_before) AS due_before, sum(w.due_before - w.missed_before) AS attended_before,
    sum(w.due_after) AS due_after, sum(w.due_after - w.missed_after) AS attended_after"""


class Help(NamedTuple):
    """Help of a kind that began in a period, and the windows beside it: `days` long, with at least `least` days known.
    `alike`: how near a pupil's rate before has to be to compare. Of `child_id` every day of help counts, of others the
    first."""

    kind: str
    start: date
    until: date
    days: int
    least: float
    alike: float
    areas: tuple[Range, ...]
    organisations: tuple[Range, ...] = ()
    child_id: UUID | None = None


_HELPED: Final = {
    "visit": "SELECT child_id, visited_date AS day FROM home_visit WHERE outcome = 'met'",
    "placement": "SELECT child_id, started_date FROM placement",
}
# Of each child helped in the period the first time, and what its own rows say of the days around it.
_FIRST: Final = """
SELECT DISTINCT ON (x.child_id) x.child_id, x.day FROM ({helped}) x(child_id, day)
JOIN child c ON c.id = x.child_id WHERE x.day >= {start} AND x.day <= {until} AND {reached}
ORDER BY x.child_id, x.day
"""
_LATEST: Final = f"""
SELECT DISTINCT x.child_id, x.day FROM ({{helped}}) x(child_id, day)
JOIN child c ON c.id = x.child_id WHERE x.day >= {{start}} AND x.day <= {{until}} AND {{reached}}
ORDER BY x.day DESC LIMIT {MOST_OF_CHILD}
"""
_OWN: Final = """
WITH helped AS MATERIALIZED ({first}), own AS MATERIALIZED (
    SELECT h.child_id, h.day, {sums}, (array_agg(t.organisation_position ORDER BY t.first_day DESC))[1] AS place,
        (array_agg(t.term ORDER BY t.first_day DESC))[1] AS term
    FROM helped h LEFT JOIN attendance_term t ON t.child_id = h.child_id AND t.first_day <= h.day + {days}
        AND t.first_day + octet_length(t.marks) > h.day - {days}
    {parts} GROUP BY 1, 2
)
"""
# Pupils of the same school and term who were there as much before, and had no help in these days.
_PEERS: Final = """
LEFT JOIN LATERAL (
    SELECT count(*)::int AS n, avg(q.attended_before::float8 / q.due_before) AS before,
        avg(q.attended_after::float8 / q.due_after) AS after
    FROM (
        SELECT p.child_id, {sums} FROM attendance_term p {parts}
        WHERE p.organisation_position = o.place AND p.term = o.term AND p.child_id <> o.child_id
        GROUP BY 1
    ) q
    WHERE q.due_before >= {least} AND q.due_after >= {least} AND abs(q.attended_before::float8 / q.due_before
            - o.attended_before::float8 / nullif(o.due_before, 0)) <= {alike}
        AND NOT EXISTS (SELECT FROM home_visit v WHERE v.child_id = q.child_id AND v.outcome = 'met'
            AND v.visited_date >= o.day - {days} AND v.visited_date <= o.day + {days})
        AND NOT EXISTS (SELECT FROM placement v WHERE v.child_id = q.child_id
            AND v.started_date >= o.day - {days} AND v.started_date <= o.day + {days})
) peers ON o.due_before >= {least} AND o.due_after >= {least}
"""


def _days_of_help(help_: Help, scope: Scope, args: Arguments) -> str:
    start, until = f"{args.add(help_.start)}::date", f"{args.add(help_.until)}::date"
    within = reached(args, help_.areas, help_.organisations, scope)
    if help_.child_id is not None:
        within.append(f"c.id = {args.add(help_.child_id)}::uuid")
    helped = " UNION ALL ".join(_HELPED.values()) if help_.kind == "any" else _HELPED[help_.kind]
    days = _FIRST if help_.child_id is None else _LATEST
    return days.format(helped=helped, start=start, until=until, reached=" AND ".join(within))


def count_helped(help_: Help, scope: Scope) -> tuple[str, list[object]]:
    args = Arguments()
    return f"SELECT count(*) FROM ({_days_of_help(help_, scope, args)}) h", args


def around_help(help_: Help, scope: Scope) -> tuple[str, list[object]]:
    """A row for each child helped in the period, by the first time, or for each day of help of one child: half days due
    and attended before and after; and of pupils alike who had no help then how many, and their mean rates."""
    args = Arguments()
    days, alike = f"{args.add(help_.days)}::int", f"{args.add(help_.alike)}::float8"
    least = f"{args.add(max(help_.least * 2, 1))}::float8"
    own = _OWN.format(
        first=_days_of_help(help_, scope, args), sums=_SUMS, days=days,
        parts=_PARTS.format(row="t", day="h.day", days=days),
    )  # fmt: skip
    peers = _PEERS.format(
        sums=_SUMS, parts=_PARTS.format(row="p", day="o.day", days=days), least=least, alike=alike, days=days
    )
    return (
        f"""{own}
    SELECT o.child_id, o.day, coalesce(o.due_before, 0)::int AS due_before,
        coalesce(o.attended_before, 0)::int AS attended_before, coalesce(o.due_after, 0)::int AS due_after,
        coalesce(o.attended_after, 0)::int AS attended_after, coalesce(peers.n, 0) AS peers,
        peers.before AS peers_before, peers.after AS peers_after
    FROM own o {peers} ORDER BY o.child_id, o.day""",
        args,
    )
