from typing import Final

# Of each purpose the youngest version of the day.
IN_FORCE: Final = """
SELECT DISTINCT ON (code) * FROM consent_purpose WHERE valid_from <= $1 ORDER BY code, valid_from DESC
"""
PURPOSES: Final = "SELECT * FROM consent_purpose ORDER BY code, valid_from DESC"
BIRTH: Final = "SELECT birth_date, birth_precision FROM child WHERE id = $1"
OF_CHILD: Final = "SELECT * FROM consent WHERE child_id = $1 ORDER BY given_at DESC, id DESC"
