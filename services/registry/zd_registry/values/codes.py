"""Sex, nationality and home language: words that files use, to the codes that are kept."""

from typing import Final

from zd_registry.values.faults import RowFault
from zd_registry.values.text import plain, says_nothing
from zd_registry.values.titles import title_sex

STATELESS: Final = "XXA"  # ICAO 9303; ISO 3166 has none

_SEXES: Final = {
    **dict.fromkeys(("male", "m", "boy", "man", "ชาย", "ช", "ผู้ชาย", "เพศชาย", "1"), "male"),
    **dict.fromkeys(("female", "f", "girl", "woman", "หญิง", "ญ", "ผู้หญิง", "เพศหญิง", "2"), "female"),
    **dict.fromkeys(("unknown", "u", "x", "other", "อื่นๆ", "อื่น", "0", "9"), "unknown"),
}  # digits: ISO/IEC 5218
_ISO_3166: Final = (
    "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM "
    "BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR "
    "CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB "
    "GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA "
    "JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA "
    "MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR "
    "NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS "
    "SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON "
    "TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE "
    "XXA XXB XXC"
)
_ALPHA_3: Final = frozenset(_ISO_3166.split())
_NATIONALITIES: Final = {
    word: code
    for code, words in {
        "THA": "ไทย thai thailand th 099",
        "MMR": "พม่า เมียนมา เมียนมาร์ พะม่า myanmar burmese burma mm",
        "LAO": "ลาว lao laos laotian la", "KHM": "กัมพูชา เขมร cambodia cambodian khmer kh",
        "VNM": "เวียดนาม ญวน vietnam vietnamese vn", "CHN": "จีน china chinese cn", "TWN": "ไต้หวัน taiwan taiwanese tw",
        "MYS": "มาเลเซีย มาเลย์ malaysia malaysian my", "IDN": "อินโดนีเซีย indonesia indonesian id",
        "PHL": "ฟิลิปปินส์ philippines filipino ph", "SGP": "สิงคโปร์ singapore singaporean sg",
        "IND": "อินเดีย india indian in", "BGD": "บังกลาเทศ บังคลาเทศ bangladesh bangladeshi bd",
        "NPL": "เนปาล nepal nepali nepalese np", "PAK": "ปากีสถาน pakistan pakistani pk",
        "LKA": "ศรีลังกา srilanka lk", "JPN": "ญี่ปุ่น japan japanese jp",
        "KOR": "เกาหลี เกาหลีใต้ korea korean southkorea kr", "RUS": "รัสเซีย russia russian ru",
        "USA": "อเมริกา อเมริกัน สหรัฐ สหรัฐอเมริกา usa american america us",
        "GBR": "อังกฤษ สหราชอาณาจักร บริติช british uk england english gb",
        "DEU": "เยอรมัน เยอรมนี germany german de", "FRA": "ฝรั่งเศส france french fr",
        "AUS": "ออสเตรเลีย australia australian au", "CHE": "สวิส สวิตเซอร์แลนด์ switzerland swiss ch",
        "SWE": "สวีเดน sweden swedish se", "UKR": "ยูเครน ukraine ukrainian ua",
        STATELESS: "ไร้สัญชาติ ไม่มีสัญชาติ ไร้รัฐ ไร้รัฐไร้สัญชาติ stateless",
    }.items()
    for word in words.split()
}  # fmt: skip
_LANGUAGES: Final = {
    word: code
    for code, words in {
        "tha": "ไทย ไทยกลาง กลาง thai", "nod": "เหนือ ถิ่นเหนือ คำเมือง กำเมือง ล้านนา northernthai lanna",
        "tts": "อีสาน ถิ่นอีสาน ลาวอีสาน isan isaan", "sou": "ใต้ ถิ่นใต้ ปักษ์ใต้ southernthai",
        "mfa": "มลายู มลายูถิ่น มลายูปัตตานี ยาวี patanimalay pattanimalay jawi yawi",
        "zsm": "มาเลย์ มาเลเซีย malay", "lao": "ลาว lao", "mya": "พม่า เมียนมา เมียนมาร์ burmese myanmar",
        "khm": "เขมร กัมพูชา khmer cambodian", "kxm": "เขมรถิ่นไทย เขมรสุรินทร์ เขมรเหนือ northernkhmer",
        "shn": "ไทใหญ่ ไทยใหญ่ ไต ฉาน shan", "ksw": "กะเหรี่ยง กะเหรี่ยงสะกอ สกอ ปกาเกอะญอ ปกากะญอ karen sgawkaren",
        "kjp": "กะเหรี่ยงโปว์ โปว์ pwo pwokaren", "hmn": "ม้ง แม้ว hmong", "ahk": "อาข่า อีก้อ akha",
        "lhu": "ลาหู่ มูเซอ lahu", "lis": "ลีซู ลีซอ lisu", "ium": "เมี่ยน เย้า mien iumien yao", "mnw": "มอญ mon",
        "kdt": "กูย กวย ส่วย kuy kui", "pht": "ผู้ไท ภูไท phuthai", "khb": "ลื้อ ไทลื้อ lue", "lcp": "ละว้า ลัวะ lawa",
        "urk": "อูรักลาโวยจ อูรักลาโว้ย uraklawoi", "tsq": "มือ มือไทย thaisign signlanguage",
        "cmn": "จีน จีนกลาง chinese mandarin", "vie": "เวียดนาม vietnamese", "eng": "อังกฤษ english",
        "jpn": "ญี่ปุ่น japanese", "kor": "เกาหลี korean", "hin": "ฮินดี hindi", "ben": "เบงกาลี bengali",
        "npi": "เนปาล nepali", "arb": "อาหรับ อารบิก arabic", "rus": "รัสเซีย russian",
        "fra": "ฝรั่งเศส french", "deu": "เยอรมัน german",
    }.items()
    for word in words.split()
}  # fmt: skip
_LANGUAGE_CODES: Final = frozenset(_LANGUAGES.values())


def sex(cell: str) -> str:
    """`male`, `female` or `unknown`; a title tells it too. Raises `sex_malformed`."""
    text = plain(cell).rstrip(".")
    if says_nothing(text):
        return "unknown"
    found = _SEXES.get(text) or title_sex(text)
    if found is None:
        raise RowFault("sex_malformed")
    return found


def nationality(cell: str) -> str | None:
    """ISO 3166-1 alpha-3, `XXA` for the stateless, None if the cell says nothing. Raises `nationality_unknown`."""
    text = _word(cell, "สัญชาติ", "ชาว", "ประเทศ")
    if says_nothing(text):
        return None
    found = _NATIONALITIES.get(text) or _NATIONALITIES.get(_word(cell)) or _known(text.upper(), _ALPHA_3)
    if found is None:
        raise RowFault("nationality_unknown")
    return found


def home_language(cell: str) -> str | None:
    """ISO 639-3 of the languages spoken in Thailand, None if the cell says nothing. Raises `language_unknown`."""
    text = _word(cell, "ภาษา", "ไทยถิ่น")
    if says_nothing(text):
        return None
    found = _LANGUAGES.get(text) or _known(text, _LANGUAGE_CODES)
    if found is None:
        raise RowFault("language_unknown")
    return found


def _word(cell: str, *prefixes: str) -> str:
    text = plain(cell).replace(" ", "").replace("-", "") or "-"
    for prefix in prefixes:
        text = text.removeprefix(prefix) or text
    return text


def _known(code: str, codes: frozenset[str]) -> str | None:
    return code if code in codes else None
