from typing import Final

from zd_registry.consents.rules import GUARDIAN_ALONE_UNTIL, OF_AGE

# Of each purpose the youngest version of the day.
IN_FORCE: Final = """
SELECT DISTINCT ON (code) * FROM consent_purpose WHERE valid_from <= $1 ORDER BY code, valid_from DESC
"""
PURPOSES: Final = "SELECT * FROM consent_purpose ORDER BY code, valid_from DESC"
BIRTH: Final = "SELECT birth_date, birth_precision FROM child WHERE id = $1"
# Whether a family said no, of a row of `child` called c: of those who must agree somebody last answered no, and nothing
# else allows it. `rules.refusing` says the same of one child. {purpose}, {day} and {alone}: parameters.
_LATEST_BIRTH: Final = """CASE c.birth_precision WHEN 'day' THEN c.birth_date
    ELSE (date_trunc(c.birth_precision, c.birth_date) + ('1 ' || c.birth_precision)::interval)::date - 1 END"""
_NEEDED: Final = f"""CASE WHEN a.age <= {GUARDIAN_ALONE_UNTIL} THEN k.given_by = 'guardian'
    WHEN a.age >= {OF_AGE} THEN k.given_by = 'self' ELSE k.given_by = 'self' OR NOT {{alone}} END"""
REFUSED: Final = f"""(EXISTS (
    SELECT FROM (SELECT date_part('year', age({{day}}, {_LATEST_BIRTH})) AS age) a CROSS JOIN (
        SELECT DISTINCT ON (given_by) given_by, refused FROM consent
        WHERE child_id = c.id AND purpose = {{purpose}} AND withdrawn_at IS NULL AND basis = 'consent'
        ORDER BY given_by, given_at DESC, id DESC
    ) k WHERE k.refused AND {_NEEDED}
) AND NOT EXISTS (
    SELECT FROM consent
    WHERE child_id = c.id AND purpose = {{purpose}} AND withdrawn_at IS NULL AND basis <> 'consent'))"""
OF_CHILD: Final = "SELECT * FROM consent WHERE child_id = $1 ORDER BY given_at DESC, id DESC"
