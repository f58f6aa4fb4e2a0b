from typing import Final

KNOWN: Final = "SELECT area FROM edition WHERE subject = $1 AND period = $2"
STORE: Final = """
INSERT INTO edition_figure (edition_id, kind, area, state, children)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[])
"""
_SHOWN: Final = """subject, period, lpad((area / 1000000)::text, 2, '0') AS area, from_date, to_date, suppressed_below,
    published_at, id"""
LIST: Final = f"""
SELECT {_SHOWN} FROM edition WHERE ($1::text IS NULL OR subject = $1) AND id < $2 ORDER BY id DESC LIMIT $3
"""
ONE: Final = f"SELECT {_SHOWN} FROM edition WHERE subject = $1 AND period = $2 AND area = $3"
# $1 edition, $2 to $4 after this one, $5 first and $6 last area, $7 digits, $8 kind, $9 how many.
FIGURES: Final = """
SELECT kind, area, state, children FROM edition_figure
WHERE edition_id = $1 AND (kind, area, state) > ($2::text, $3::text, $4::text) AND area >= $5::text AND area <= $6::text
    AND ($7::int IS NULL OR length(area) = $7) AND ($8::text IS NULL OR kind = $8)
ORDER BY kind, area, state LIMIT $9
"""
