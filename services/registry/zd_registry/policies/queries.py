from typing import Final

LIST: Final = "SELECT name, area, valid_from, value::text AS value, source FROM policy ORDER BY name, area, valid_from"
