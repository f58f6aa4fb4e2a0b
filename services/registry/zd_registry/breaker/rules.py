"""When a list is not to be believed at once."""


def loses_too_many(listed: int, listed_before: int, *, share: float, pupils: int) -> bool:
    """A feed that lost more than `share` of its pupils and at least `pupils` of them is asked about first."""
    lost = listed_before - listed
    return lost >= pupils and lost > share * listed_before
