"""What kinds of sheets read alike. Pure."""

from zd_registry.sheets.kinds import SheetOf
from zd_registry.values.dates import birth_date
from zd_registry.values.faults import RowFault
from zd_registry.values.text import plain, says_nothing


def past_day(cell: str, of: SheetOf) -> str | None:
    """A day by today in any usual writing → ISO 8601; None for an empty cell. Raises RowFault `date_malformed`."""
    if says_nothing(plain(cell)):
        return None
    try:
        found = birth_date(cell, today=of.today)
    except RowFault as fault:
        raise RowFault("date_malformed") from fault
    if found is None or found.precision != "day" or not found.day.year > 1950 or found.day > of.today:
        raise RowFault("date_malformed")
    return found.day.isoformat()
