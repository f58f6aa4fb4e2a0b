"""The gazetteer of Thailand, from the package geothai. Reading it costs about 0.1 s: once per process."""

from collections import defaultdict
from collections.abc import Collection
from typing import Final

import geothai
from geothai.abolished import abolished_areas

from zd_registry.values.places import Places, place_key

_SPOKEN: Final = {
    "10": ("กทม", "กรุงเทพ", "กรุงเทพฯ", "กรุงเทพมหานครฯ", "bkk"),
    "14": ("อยุธยา", "ayutthaya", "ayudhya"),
    "24": ("แปดริ้ว",),
    "30": ("โคราช", "korat"),
}
"""Names of provinces that people write beside the official ones."""


def places_of_thailand(villages: Collection[int] = frozenset()) -> Places:
    """Every tambon, district and province; `villages` (8-digit integers) come from the areas that were imported."""
    provinces = geothai.provinces()
    districts = [district for province in provinces for district in geothai.districts(province.code)]
    tambons = [tambon for district in districts for tambon in geothai.subdistricts(district.code)]
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for tambon in tambons:
        for key in {place_key(tambon.name_th), place_key(tambon.name_en)}:
            by_name[key].append(tambon.code)
    return Places(
        tambons=frozenset(tambon.code for tambon in tambons),
        districts=frozenset(district.code for district in districts),
        tambons_of={name: tuple(codes) for name, codes in by_name.items()},
        district_names={d.code: frozenset(map(place_key, (d.name_th, d.name_en))) for d in districts},
        province_names={
            p.code: frozenset(map(place_key, (p.name_th, p.name_en, *_SPOKEN.get(p.code, ())))) for p in provinces
        },
        retired={gone.code: tuple(gone.successors) for gone in abolished_areas() if gone.level == "subdistrict"},
        villages=villages,
    )
