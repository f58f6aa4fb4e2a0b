"""What the error file and the review say about a cell that could not be taken."""

from typing import Final

from zd_kernel.problems import Text

REASONS: Final = {
    "citizen_id_missing": Text(
        "ไม่มีเลขประจำตัวประชาชน โปรดเติมเลข 13 หลัก", "There is no citizen ID. Fill in its 13 digits."
    ),
    "citizen_id_malformed": Text(
        "เลขประจำตัวประชาชนต้องเป็นตัวเลข 13 หลัก", "A citizen ID has 13 digits. Check it against the document."
    ),
    "citizen_id_short": Text(
        "เลขประจำตัวมี 12 หลัก โปรแกรมตารางอาจตัดเลข 0 ตัวแรก โปรดตั้งคอลัมน์เป็นข้อความแล้วส่งออกใหม่จากต้นทาง",
        "This ID has 12 digits; a spreadsheet may have dropped a leading zero. Export again from the source with the "
        "column set to text.",
    ),
    "citizen_id_spreadsheet": Text(
        "โปรแกรมตารางแปลงเลขประจำตัวจนเลขหาย โปรดตั้งคอลัมน์เป็นข้อความแล้วส่งออกใหม่จากต้นทาง",
        "A spreadsheet rounded this ID, so digits are lost. Export again from the source with the column set to text.",
    ),
    "citizen_id_reserved": Text(
        "เลขประจำตัวที่ขึ้นต้นด้วย 9 ไม่ได้ออกให้ประชาชน โปรดเทียบกับเอกสาร",
        "No citizen ID begins with 9. Compare it with the document.",
    ),
    "citizen_id_checksum": Text(
        "เลขตรวจสอบของเลขประจำตัวประชาชนไม่ถูกต้อง โปรดเทียบกับเอกสาร",
        "The check digit of the citizen ID is wrong. Compare it with the document.",
    ),
    "g_code_malformed": Text("รหัส G ต้องเป็นตัว G ตามด้วยเลข 12 หลัก", "A G-code is the letter G and 12 digits."),
    "passport_malformed": Text(
        "เลขหนังสือเดินทางต้องเป็นตัวอักษรและตัวเลข 6 ถึง 9 ตัว", "A passport number has 6 to 9 letters and digits."
    ),
    "identifier_malformed": Text(
        "เลขประจำตัวนี้ต้องเป็นตัวอักษรหรือตัวเลข 3 ถึง 30 ตัว", "This identifier has 3 to 30 letters and digits."
    ),
    "name_missing": Text("ไม่มีชื่อหรือนามสกุล", "The given name or the family name is missing."),
    "name_malformed": Text(
        "ชื่อยาวเกิน 120 อักษร ไม่มีตัวอักษร หรือมีอักขระควบคุม",
        "A name is longer than 120 characters, has no letter, or holds control characters.",
    ),
    "birth_date_missing": Text(
        "ไม่มีวันเกิด หากทราบเพียงปีให้เขียนเฉพาะปี เช่น 2556",
        "The birth date is missing. If only the year is known, write the year, such as 2556.",
    ),
    "birth_date_malformed": Text(
        "อ่านวันเกิดไม่ได้ โปรดเขียน วัน/เดือน/ปี พ.ศ. เช่น 13/02/2556 หรือ 2013-02-13",
        "The birth date cannot be read. Write it as 2013-02-13 or as day/month/year B.E., such as 13/02/2556.",
    ),
    "birth_date_impossible": Text(
        "ไม่มีวันเกิดนี้ในปฏิทิน หรือเป็นวันในอนาคต", "This birth date is not in the calendar, or lies in the future."
    ),
    "sex_malformed": Text("เพศต้องเป็น ชาย หญิง หรือ ไม่ทราบ", "Sex is male, female or unknown."),
    "nationality_unknown": Text(
        "ไม่รู้จักสัญชาตินี้ โปรดเขียนชื่อประเทศ หรือรหัสสามตัว เช่น THA MMR",
        "This nationality is not known. Write the country or its three-letter code, such as THA or MMR.",
    ),
    "language_unknown": Text(
        "ไม่รู้จักภาษานี้ โปรดเขียนชื่อภาษา หรือรหัสสามตัว เช่น tha mfa",
        "This language is not known. Write its name or its three-letter code, such as tha or mfa.",
    ),
    "area_missing": Text("ไม่มีที่อยู่ โปรดเติมรหัสหรือชื่อตำบล", "There is no area. Fill in the code or the name of the tambon."),
    "area_malformed": Text(
        "รหัสพื้นที่ต้องเป็นเลขตำบล 6 หลัก หรือหมู่บ้าน 8 หลัก", "An area is a tambon of 6 digits or a village of 8."
    ),
    "area_unknown": Text("ไม่มีตำบลรหัสนี้ในประเทศไทย", "Thailand has no tambon with this code."),
    "area_registration_office": Text(
        "นี่คือรหัสสำนักทะเบียนเทศบาล ไม่ใช่รหัสพื้นที่ โปรดใช้รหัสตำบล 6 หลัก",
        "This is the code of a municipal registration office, not of an area. Use the 6 digits of the tambon.",
    ),
    "area_retired": Text(
        "ตำบลนี้ถูกยกเลิกและแบ่งเป็นหลายตำบล โปรดใช้รหัสตำบลปัจจุบัน",
        "This tambon was abolished and no single one took its place. Use the code of today's tambon.",
    ),
    "area_name_unknown": Text(
        "ไม่พบตำบลชื่อนี้ในอำเภอและจังหวัดที่ระบุ โปรดตรวจตัวสะกดหรือใช้รหัสตำบล 6 หลัก",
        "No tambon of this name lies in the district and province given. Check the spelling or use its 6-digit code.",
    ),
    "area_ambiguous": Text(
        "มีตำบลชื่อนี้หลายแห่ง โปรดเพิ่มอำเภอและจังหวัด", "Several tambons have this name. Add the district and the province."
    ),
    "area_tambon_missing": Text("ที่อยู่นี้ไม่มีชื่อตำบล โปรดเพิ่มตำบล", "The address names no tambon. Add it."),
    "grade_malformed": Text(
        "ระดับชั้นต้องเป็นเช่น ป.6, ม.3, ปวช.1 หรือ P6, M3, V1", "Write the grade as P6, M3, V1 or ป.6, ม.3, ปวช.1."
    ),
    "grade_year_missing": Text(
        "มีระดับแต่ไม่มีชั้นปี โปรดเขียนเช่น ป.6 หรือ ม.3", "The level has no year. Write the grade as P6 or M3."
    ),
    "grade_unlisted": Text(
        "ทะเบียนติดตามตั้งแต่เตรียมอนุบาลถึง ม.6 และ ปวส.2 ไม่รวมระดับชั้นนี้",
        "The registry follows grades from K0 (below kindergarten) to M6 and D2. This one is not among them.",
    ),
    "term_malformed": Text("ภาคเรียนต้องเขียนเช่น 2567/1", "Write the school term as 2567/1."),
}
"""`{code: what to do about it}`; with `birth_date_missing` and `area_missing` for callers whose files must say them."""
