"""Why a cell cannot be taken."""


class RowFault(Exception):
    """The cell, and with it mostly the row, is refused; `reason` is a code of `schemas.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
