from typing import Final

CITIZEN_ID: Final = "citizen_id"
"""With `OTHER_ID` the key ring's purposes: for citizen IDs, and for G-codes, passports and the like."""
OTHER_ID: Final = "other_id"
