from typing import Final

FOLLOW: Final = """
UPDATE placement p SET area = i.area FROM incoming i
WHERE p.child_id = i.child_id AND i.outcome = 'accepted' AND i.area <> i.known_area
"""
