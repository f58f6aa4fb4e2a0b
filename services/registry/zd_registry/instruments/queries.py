from typing import Final

_INFO: Final = """code, version, valid_from, kind, name_th, name_en, from_months, below_months, purpose, consent_needed,
    legal_basis, screeners, readers, example, source, created_at"""
LIST: Final = f"SELECT {_INFO} FROM screening_instrument ORDER BY code, valid_from DESC"
# $1 code, $2 day: the version that is in use on it.
ON: Final = f"""
SELECT {_INFO}, definition::text AS definition FROM screening_instrument
WHERE code = $1 AND valid_from <= $2 ORDER BY valid_from DESC LIMIT 1
"""
VERSION: Final = f"""
SELECT {_INFO}, definition::text AS definition FROM screening_instrument
WHERE code = $1 AND version = $2
"""
LAST: Final = """
SELECT version, valid_from, kind FROM screening_instrument WHERE code = $1 ORDER BY version DESC LIMIT 1
"""
GROWTH: Final = """
SELECT measure, sex, at, l, m, s FROM growth_parameter WHERE instrument = $1 AND version = $2 ORDER BY measure, sex, at
"""
# $1 kind, $2 day, $3 role: of the agency's own before the examples, the one that was stored last.
IN_USE: Final = """
SELECT code FROM (
    SELECT DISTINCT ON (code) code, example, valid_from, screeners FROM screening_instrument
    WHERE kind = $1 AND valid_from <= $2 ORDER BY code, valid_from DESC) i
WHERE $3 = ANY (screeners) ORDER BY example, valid_from DESC, code LIMIT 1
"""
ROLES: Final = """
SELECT code, valid_from, name_th, name_en, used, source FROM screening_role ORDER BY code, valid_from DESC
"""
# $1 codes, $2 day.
ROLES_ON: Final = """
SELECT DISTINCT ON (code) code, name_th, name_en, used FROM screening_role
WHERE code = ANY ($1::text[]) AND valid_from <= $2 ORDER BY code, valid_from DESC
"""
