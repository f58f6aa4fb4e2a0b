"""How agencies write the names of columns. Data only: `{canonical name: writings}`, compared after `rules.plain`."""

from typing import Final

SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "citizen_id": (
        "citizen id", "national id", "id card", "id card number", "pid", "cid", "person id", "thai id", "th pin",
        "nid", "idcard", "citizen id number", "national id number", "thai national id", "identification number",
        "card id", "id number", "id no", "เลขประจำตัวประชาชน", "เลขบัตรประชาชน", "เลข ปชช.", "เลขปชช",
        "รหัสประจำตัวประชาชน", "เลขประจำตัวประชาชน 13 หลัก", "เลขบัตรประจำตัวประชาชน", "หมายเลขบัตรประชาชน",
        "หมายเลขประจำตัวประชาชน", "หมายเลขบัตรประจำตัวประชาชน", "บัตรประชาชน", "เลข 13 หลัก", "รหัส 13 หลัก",
        "เลขประจำตัว 13 หลัก", "เลขที่บัตรประชาชน", "เลขที่บัตรประจำตัวประชาชน", "รหัสบัตรประชาชน", "รหัสประชาชน", "เลขประชาชน",
        "เลขบัตร ปชช.", "เลขบัตร", "ปชช", "เลขประจำตัวบุคคล", "รหัสบุคคล", "เลขประจำตัว ปชช.", "บัตรประจำตัวประชาชน",
        "เลขประจำตัวประชาชนนักเรียน", "เลขที่ประจำตัวประชาชน", "เลขประจำตัวประชาชนของเด็ก", "เลข ID",
    ),
    "id_kind": ("id kind", "id type", "identifier type", "ประเภทบัตร", "ประเภทเลขประจำตัว", "ชนิดบัตร", "ประเภทบุคคล"),
    "passport": (
        "passport", "passport no", "passport number", "หนังสือเดินทาง", "เลขหนังสือเดินทาง", "เลขที่หนังสือเดินทาง", "พาสปอร์ต",
    ),
    "g_code": ("g code", "gcode", "g-code", "รหัส g", "รหัสจี", "เลข g", "รหัส g code", "เลขประจำตัว g"),
    "student_code": (
        "student id", "student code", "student no", "student number", "pupil id", "เลขประจำตัวนักเรียน", "รหัสนักเรียน",
        "รหัสประจำตัวนักเรียน", "เลขประจำตัวผู้เรียน", "รหัสนักศึกษา", "รหัสผู้เรียน", "รหัสประจำตัวนักศึกษา", "เลขประจำตัวเด็ก", "hn",
    ),
    "ordinal": ("no", "no.", "#", "seq", "ลำดับ", "ที่", "ลำดับที่", "เลขที่", "ลำดับที่."),
    "title": (
        "title", "prefix", "name title", "คำนำหน้า", "คำนำหน้าชื่อ", "คำนำหน้านาม", "คำนำ", "คำหน้า", "คำนำหน้าชื่อนาม",
    ),
    "given_name": (
        "given name", "first name", "firstname", "fname", "name th", "first name th", "ชื่อ", "ชื่อตัว", "ชื่อแรก", "ชื่อไทย",
        "ชื่อภาษาไทย", "ชื่อจริง", "ชื่อนักเรียน", "ชื่อเด็ก", "name",
    ),
    "middle_name": ("middle name", "ชื่อกลาง", "mname"),
    "family_name": (
        "family name", "last name", "lastname", "surname", "lname", "last name th", "นามสกุล", "สกุล", "นามสกุลไทย",
        "ชื่อรอง", "นามสกุลภาษาไทย", "นามสกุลนักเรียน", "นามสกุลเด็ก", "ชื่อวงศ์สกุล",
    ),
    "full_name": (
        "full name", "fullname", "student name", "pupil name", "name surname", "name and surname",
        "first and last name", "child name", "ชื่อ-สกุล", "ชื่อ - นามสกุล", "ชื่อนามสกุล", "ชื่อและนามสกุล", "ชื่อและสกุล", "ชื่อ สกุล",
        "ชื่อตัว-ชื่อสกุล", "ชื่อตัวชื่อสกุล", "คำนำหน้าชื่อสกุล", "คำนำหน้า ชื่อ นามสกุล", "ชื่อเต็ม", "ชื่อ-สกุลนักเรียน", "รายชื่อ",
        "รายชื่อนักเรียน", "ชื่อตัว-สกุล", "ชื่อ-ชื่อสกุล", "คำนำหน้าชื่อ ชื่อ สกุล", "คำนำหน้าชื่อ ชื่อ นามสกุล",
    ),
    "nickname": ("nickname", "nick name", "ชื่อเล่น"),
    "birth_date": (
        "birth date", "birthdate", "date of birth", "dob", "birthday", "bdate", "วันเดือนปีเกิด", "ว/ด/ป เกิด",
        "ว.ด.ป.เกิด", "วดป.เกิด", "วันเกิด", "วัน/เดือน/ปีเกิด", "วันเดือนปี เกิด", "วัน เดือน ปี ที่เกิด", "วันที่เกิด", "เกิดวันที่",
        "ว/ด/ป ที่เกิด", "วดป", "เกิดเมื่อ", "วันเดือนปี พ.ศ. เกิด",
    ),
    "birth_year": ("birth year", "year of birth", "ปีเกิด", "ปี พ.ศ. เกิด", "พ.ศ. เกิด", "ปีที่เกิด", "ปี พ.ศ. ที่เกิด", "เกิดปี"),
    "birth_month": ("birth month", "month of birth", "เดือนเกิด", "เดือนที่เกิด"),
    "birth_day": ("birth day of month", "day of birth", "วันที่เกิด (วัน)", "วันเกิด (วันที่)"),
    "age": ("age", "อายุ", "อายุ (ปี)", "อายุปี", "age years"),
    "sex": ("sex", "gender", "เพศ", "เพศสภาพ", "ช/ญ", "ชาย/หญิง"),
    "nationality": ("nationality", "สัญชาติ", "citizenship"),
    "ethnicity": ("ethnicity", "race", "เชื้อชาติ", "ชาติพันธุ์", "ชนเผ่า"),
    "religion": ("religion", "ศาสนา"),
    "home_language": ("home language", "language", "mother tongue", "ภาษาที่บ้าน", "ภาษาแม่", "ภาษาถิ่น", "ภาษาที่ใช้ในบ้าน"),
    "area": (
        "area", "area code", "tambon code", "subdistrict code", "dopa code", "รหัสตำบล", "รหัสพื้นที่", "รหัสตำบล/แขวง",
        "รหัสเขตการปกครอง", "รหัสหมู่บ้าน", "รหัสที่อยู่", "village code", "ccaattmm", "ccaatt", "รหัสจังหวัดอำเภอตำบล", "รหัสท้องที่",
    ),
    "province": ("province", "changwat", "จังหวัด", "จ.", "ชื่อจังหวัด", "จว."),
    "district": ("district", "amphoe", "amphur", "อำเภอ", "อ.", "เขต/อำเภอ", "อำเภอ/เขต", "เขต", "ชื่ออำเภอ"),
    "tambon": (
        "tambon", "subdistrict", "sub district", "ตำบล", "ต.", "แขวง/ตำบล", "ตำบล/แขวง", "แขวง", "ชื่อตำบล", "tambol",
    ),
    "village": ("village", "moo", "mu", "หมู่ที่", "หมู่", "ม.", "หมู่บ้านที่", "หมู่ที่.", "village no"),
    "village_name": ("village name", "หมู่บ้าน", "ชื่อหมู่บ้าน", "บ้าน", "ชุมชน", "ชื่อชุมชน"),
    "house_number": ("house number", "house no", "บ้านเลขที่", "เลขที่บ้าน", "ที่อยู่เลขที่", "เลขบ้าน"),
    "house_code": ("house code", "house id", "รหัสประจำบ้าน", "เลขรหัสประจำบ้าน", "รหัสบ้าน", "เลขประจำบ้าน", "hid", "hcode"),
    "road": ("road", "street", "ถนน", "ตรอก/ซอย", "ซอย"),
    "postcode": ("postcode", "zip", "zip code", "postal code", "รหัสไปรษณีย์"),
    "address": ("address", "ที่อยู่", "ที่อยู่ปัจจุบัน", "ที่อยู่ตามทะเบียนบ้าน", "ภูมิลำเนา"),
    "phone": (
        "phone", "mobile", "telephone", "tel", "โทรศัพท์", "เบอร์โทร", "เบอร์โทรศัพท์", "โทร", "หมายเลขโทรศัพท์", "มือถือ",
        "เบอร์ติดต่อ",
    ),
    "organisation": (
        "organisation", "organization", "school code", "school id", "schoolid", "organisation code", "org code",
        "smis code", "รหัสโรงเรียน", "รหัสสถานศึกษา", "รหัส smis", "รหัสหน่วยงาน", "รหัสศูนย์", "รหัสสถานศึกษา 10 หลัก",
        "รหัสโรงเรียน 10 หลัก", "smis", "รหัสโรงเรียน 8 หลัก", "รหัส percode", "รหัสกระทรวง", "รหัส รร.", "รหัสวิทยาลัย",
        "รหัสศพด", "รหัส กศน.", "รหัสสถานศึกษา 8 หลัก",
    ),
    "organisation_name": (
        "school", "school name", "organisation name", "organization name", "institution", "โรงเรียน", "ชื่อโรงเรียน",
        "สถานศึกษา", "ชื่อสถานศึกษา", "รร.", "วิทยาลัย", "ศูนย์พัฒนาเด็กเล็ก", "ชื่อศูนย์", "หน่วยงาน", "ชื่อหน่วยงาน", "ชื่อ รร.", "ศพด.",
        "กศน.ตำบล", "ชื่อวิทยาลัย", "ศกร.", "ศูนย์การเรียน",
    ),
    "grade": (
        "grade", "class level", "grade level", "year level", "ชั้น", "ระดับชั้น", "ชั้นเรียน", "ชั้นปี", "ชั้น/ห้อง", "ชั้นที่เรียน",
        "ระดับชั้นเรียน", "ชั้นห้อง", "กำลังเรียนชั้น", "ชั้นปีที่", "ปีที่เรียน", "ระดับชั้นที่เรียน",
    ),
    "level": ("level", "education level", "ระดับ", "ระดับการศึกษา", "ช่วงชั้น", "หลักสูตร"),
    "room": ("room", "class room", "classroom", "section", "ห้อง", "ห้องเรียน", "ห้องที่", "กลุ่มเรียน"),
    "term": (
        "term", "semester", "school term", "ภาคเรียน", "เทอม", "ภาคเรียนที่", "ภาคเรียน/ปีการศึกษา", "ภาคเรียนที่/ปีการศึกษา",
        "ภาคการศึกษา",
    ),
    "school_year": ("school year", "academic year", "ปีการศึกษา"),
    "status": (
        "status", "สถานะ", "สถานภาพ", "สถานะนักเรียน", "สถานภาพนักเรียน", "สถานภาพบุคคล", "สถานะบุคคล", "สถานะการเรียน",
        "สภาพนักเรียน", "student status", "สาเหตุการจำหน่าย", "สถานะภาพ", "สภาพการเป็นนักเรียน", "การจำหน่าย",
    ),
    "status_date": (
        "status date", "date of status", "วันที่จำหน่าย", "วันที่ออก", "วันที่ย้าย", "วันที่ย้ายออก", "วันที่เสียชีวิต", "วันที่ลาออก",
        "วันที่สำเร็จการศึกษา", "วันที่มีผล", "วันที่เปลี่ยนสถานะ",
    ),
    "start_date": ("start date", "entry date", "admission date", "วันที่เข้าเรียน", "วันเข้าเรียน", "วันที่รับเข้า", "วันที่เริ่ม"),
    "weight": ("weight", "น้ำหนัก", "น้ำหนัก (กก.)", "weight kg", "นน."),
    "height": ("height", "ส่วนสูง", "ส่วนสูง (ซม.)", "height cm"),
    "disability_kind": (
        "disability", "disability type", "disability kind", "ประเภทความพิการ", "ความพิการ", "พิการ", "ลักษณะความพิการ",
        "ความพิการประเภท", "ประเภทความบกพร่อง", "ความบกพร่อง", "ประเภทคนพิการ",
    ),
    "need_kind": (
        "need", "need kind", "need type", "ความต้องการ", "ประเภทความต้องการ", "ความช่วยเหลือ", "ความด้อยโอกาส",
        "ประเภทความด้อยโอกาส", "ความต้องการช่วยเหลือ", "ประเภทความช่วยเหลือ", "สภาพปัญหา", "ปัญหา", "ภาวะโภชนาการ",
    ),
    "need_detail": (
        "need detail", "details", "detail", "remark", "remarks", "note", "รายละเอียด", "หมายเหตุ",
        "รายละเอียดความต้องการ", "รายละเอียดปัญหา",
    ),
    "parental_status": (
        "parental status", "สถานภาพบิดามารดา", "สถานภาพสมรสบิดามารดา", "สถานภาพครอบครัว", "สถานภาพของบิดามารดา",
        "สถานภาพพ่อแม่",
    ),
    "income": ("income", "household income", "รายได้", "รายได้ครัวเรือน", "รายได้ผู้ปกครอง", "รายได้ต่อเดือน", "รายได้ต่อปี"),
    "guardian_relation": (
        "guardian relation", "relation", "relationship", "ความสัมพันธ์", "ความเกี่ยวข้อง", "ความสัมพันธ์กับนักเรียน",
        "ความเกี่ยวข้องกับนักเรียน", "เกี่ยวข้องเป็น", "ความสัมพันธ์ของผู้ปกครองกับนักเรียน", "ความเกี่ยวข้องของผู้ปกครองกับนักเรียน",
        "ความสัมพันธ์กับเด็ก",
    ),
    "source_id": ("source id", "sourcedid", "user sourcedid"),
    "removed": ("removed", "deleted"),
}  # fmt: skip

ROLES: Final[dict[str, tuple[str, ...]]] = {
    "guardian_2": ("guardian 2", "ผู้ปกครองคนที่ 2", "ผู้ปกครอง 2"),
    "guardian": ("ผู้ปกครอง", "guardian", "parent", "ผู้ดูแล", "ผู้อุปการะ"),
    "father": ("บิดา", "พ่อ", "father"),
    "mother": ("มารดา", "แม่", "mother"),
}
"""Words that make a person's column another person's: `เลขบัตรประชาชนบิดา` is `father_citizen_id`."""

ROLE_FIELDS: Final = {
    "citizen_id": "citizen_id", "given_name": "given_name", "family_name": "family_name", "full_name": "name",
    "title": "title",
    "phone": "phone", "guardian_relation": "relation", "birth_date": "birth_date", "nationality": "nationality",
    "income": "income",
}  # fmt: skip

CANONICAL: Final = frozenset(SYNONYMS) | {
    f"{role}_{field}" for role in ROLES for field in (*ROLE_FIELDS.values(), "occupation", "status")
}

FILLERS: Final = (
    "นักเรียน",
    "ผู้เรียน",
    "นักศึกษา",
    "เด็ก",
    "บุคคล",
    "ของ",
    "ปัจจุบัน",
    "ตามทะเบียนบ้าน",
    "student",
    "pupil",
    "child",
)
"""Words that say whose column it is where all columns are the child's."""
