from typing import Final

TRAVEL: Final = """
SELECT distance_m, minutes, said_date FROM school_travel WHERE child_id = $1 ORDER BY said_date DESC LIMIT 1
"""
POVERTY: Final = """
SELECT poverty_class, model_version, screened_date FROM household_screening
WHERE child_id = $1 ORDER BY screened_date DESC, screening_id DESC LIMIT 1
"""
