"""What was done with a child's record, in words for the family that asks. Pure."""

from typing import Final

from zd_kernel.problems import Text

ACTIONS: Final = {
    "read_child": Text("เปิดดูข้อมูลเด็ก", "Looked at the child's record"),
    "list_children": Text("เปิดดูรายชื่อเด็กที่มีเด็กคนนี้", "Looked at a list that holds the child"),
    "search_children": Text("ค้นหาแล้วพบเด็กคนนี้", "Found the child by a search"),
    "read_citizen_id": Text("เปิดดูเลขประจำตัวประชาชนเต็ม", "Looked at the full citizen ID"),
    "list_identifiers": Text("เปิดดูเลขประจำตัวทั้งหมดเต็ม", "Looked at all numbers of the child in full"),
    "read_profile": Text("เปิดดูประวัติทั้งหมดของเด็ก", "Looked at the child's whole record"),
    "get_child_evidence": Text("เปิดดูหลักฐานของสถานะการเรียนรู้", "Looked at why the child has its learning status"),
    "list_changes": Text("เปิดดูรายการเปลี่ยนสถานะ", "Looked at a list of changed statuses"),
    "list_findings": Text("เปิดดูรายการที่ต้องตรวจสอบ", "Looked at a list of findings"),
    "download_missing": Text("ดาวน์โหลดรายชื่อเด็กที่หลุดจากระบบ", "Downloaded a list of missing children"),
    "list_grades": Text("เปิดดูผลการเรียน", "Looked at the results at school"),
    "record_grade": Text("บันทึกผลการเรียน", "Recorded results at school"),
    "list_incidents": Text("เปิดดูเหตุด้านพฤติกรรม", "Looked at incidents of behaviour"),
    "record_incident": Text("บันทึกเหตุด้านพฤติกรรม", "Recorded an incident of behaviour"),
    "withdraw_incident": Text("ถอนเหตุด้านพฤติกรรมที่บันทึกผิด", "Withdrew an incident that was mistaken"),
    "get_circumstances": Text("เปิดดูสภาพความเป็นอยู่", "Looked at the way to school and the poverty class"),
    "put_travel": Text("บันทึกการเดินทางไปโรงเรียน", "Recorded the way to school"),
    "get_risk": Text("เปิดดูระดับความเสี่ยง", "Looked at the risk of leaving learning"),
    "list_risks": Text("เปิดดูรายชื่อนักเรียนตามระดับความเสี่ยง", "Looked at a list of pupils by level of risk"),
    "mark_attendance": Text("บันทึกการมาเรียน", "Marked attendance"),
    "get_attendance_day": Text("เปิดดูสมุดบันทึกการมาเรียนประจำวัน", "Looked at the attendance of a day"),
    "list_attendance_rates": Text("เปิดดูอัตราการมาเรียน", "Looked at rates of attendance"),
    "list_attendance_corrections": Text("เปิดดูการแก้ไขการมาเรียน", "Looked at corrections of attendance"),
    "get_child_attendance": Text("เปิดดูการมาเรียน", "Looked at the child's attendance"),
    "get_programme_attendance": Text("เปิดดูการมาเรียนตามเกณฑ์โครงการ", "Looked at attendance as a programme counts it"),
    "print_attendance_day": Text("พิมพ์บันทึกการมาเรียนประจำวัน", "Printed the register of a day"),
    "print_attendance_term": Text("พิมพ์บัญชีเรียกชื่อ", "Printed the register of a term"),
    "print_attendance_month": Text("พิมพ์รายงานการมาเรียนประจำเดือน", "Printed the report of a month"),
    "list_guardians": Text("เปิดดูผู้ปกครอง", "Looked at who cares for the child"),
    "add_guardian": Text("เพิ่มหรือแก้ไขผู้ปกครอง", "Added or changed a guardian"),
    "end_guardian": Text("บันทึกว่าผู้ปกครองไม่ได้ดูแลแล้ว", "Recorded that somebody no longer cares for the child"),
    "read_household": Text("เปิดดูครัวเรือนและที่อยู่", "Looked at the household and its address"),
    "put_household": Text("ระบุครัวเรือนหรือที่อยู่", "Set the household or its address"),
    "list_siblings": Text("เปิดดูพี่น้อง", "Looked at the brothers and sisters"),
    "list_residences": Text("เปิดดูที่อยู่ที่ผ่านมา", "Looked at where the child lived"),
    "list_needs": Text("เปิดดูความพิการ สุขภาพ และความต้องการ", "Looked at disability, health and other needs"),
    "add_need": Text("บันทึกความต้องการ", "Recorded a need"),
    "end_need": Text("บันทึกว่าความต้องการหมดไป", "Recorded that a need has ended"),
    "correct_child": Text("แก้ไขข้อมูลเด็ก", "Corrected the child's record"),
    "list_corrections": Text("เปิดดูการแก้ไขข้อมูล", "Looked at what was corrected"),
    "erase_child": Text("ลบข้อมูลเด็ก", "Erased the child"),
    "read_access_log": Text("เปิดดูบันทึกการเข้าถึงนี้", "Looked at this access log"),
    "export_person": Text("ออกสำเนาข้อมูลทั้งหมดให้เจ้าของข้อมูล", "Gave a copy of all the data to the person"),
    "list_transitions": Text("เปิดดูรายชื่อนักเรียนที่ต้องมีที่เรียนต่อ", "Looked at a list of pupils who need a new place"),
    "download_transitions": Text("ดาวน์โหลดรายชื่อนักเรียนที่ต้องมีที่เรียนต่อ", "Downloaded a list of pupils who need a new place"),
    "read_transition": Text("เปิดดูที่เรียนต่อ", "Looked at the next place"),
    "confirm_place": Text("ยืนยันที่เรียน", "Confirmed a place"),
    "confirm_list": Text("สถานศึกษายืนยันบัญชีรับนักเรียน", "A school confirmed whom it takes in"),
    "take_back_place": Text("ถอนการยืนยันที่เรียน", "Took a place back"),
    "record_intention": Text("บันทึกคำบอกเล่าเรื่องการเรียนต่อ", "Recorded what the family says of going on"),
    "list_intentions": Text("เปิดดูคำบอกเล่าเรื่องการเรียนต่อพร้อมบันทึก", "Looked at what the family said, with the notes"),
    "read_effects_of_child": Text("เปิดดูผลของความช่วยเหลือ", "Looked at what help changed"),
    "read_target_groups": Text("เปิดดูกลุ่มเป้าหมาย", "Looked at the target groups"),
    "list_group_children": Text("เปิดดูรายชื่อเด็กในกลุ่มเป้าหมาย", "Looked at a list of a target group"),
    "list_consents": Text("เปิดดูความยินยอม", "Looked at the consents"),
    "give_consent": Text("บันทึกความยินยอม", "Recorded a consent"),
    "withdraw_consent": Text("บันทึกการถอนความยินยอม", "Recorded that a consent was withdrawn"),
    "record_screening": Text("บันทึกผลการคัดกรอง", "Recorded a screening"),
    "list_screenings": Text("เปิดดูผลการคัดกรอง", "Looked at results of screenings"),
    "read_screening": Text("เปิดดูคำตอบของการคัดกรอง", "Looked at the answers of a screening"),
    "correct_screening": Text("แก้ไขผลการคัดกรอง", "Corrected a screening"),
    "withdraw_screening": Text("ยกเลิกผลการคัดกรอง", "Withdrew a screening"),
    "list_follow_ups": Text("เปิดดูรายการติดตามหลังคัดกรอง", "Looked at a list of what follows from screenings"),
    "list_outstanding": Text("เปิดดูรายชื่อเด็กที่ยังไม่ได้คัดกรอง", "Looked at a list of whom to screen"),
    "do_follow_up": Text("บันทึกการช่วยเหลือหลังคัดกรอง", "Recorded what came of a screening"),
    "preview_import": Text("เปิดดูตัวอย่างสิ่งที่ไฟล์จะเปลี่ยน", "Looked at what a file would change"),
    "import_population": Text("ทะเบียนราษฎรระบุชื่อเด็ก", "A population register named the child"),
    "import_enrolment": Text("บัญชีรายชื่อนักเรียนระบุชื่อเด็ก", "A list of pupils named the child"),
    "import_nonformal": Text("บัญชีผู้เรียนนอกระบบระบุชื่อเด็ก", "A list of non-formal learners named the child"),
    "import_social": Text("ข้อมูลแผนที่สังคมระบุชื่อเด็ก", "A social map named the child"),
    "import_health": Text("ข้อมูลสุขภาพระบุชื่อเด็ก", "A file on health and nutrition named the child"),
    "import_disability": Text("ข้อมูลคนพิการระบุชื่อเด็ก", "A file on disability named the child"),
    "reconciliation": Text("ระบบพิจารณาสถานะการเรียนรู้", "The learning status was judged"),
    "system:erasure": Text("ระบบลบข้อมูลตามคำขอ", "The system erased as it was asked"),
}
_VERBS: Final = (
    (("read_", "get_", "list_", "search_", "download_", "export_"), Text("เปิดดูข้อมูล", "Looked at data")),
    (("erase_", "delete_", "end_", "withdraw_"), Text("ลบหรือยกเลิกข้อมูล", "Deleted or ended data")),
    (("system:",), Text("ระบบประมวลผลข้อมูล", "The system worked on data")),
)
_CHANGED: Final = Text("บันทึกหรือแก้ไขข้อมูล", "Recorded or changed data")


def action_text(action: str) -> Text:
    """What an action of the audit was; of one without words of its own, whether it read, deleted or changed."""
    said = ACTIONS.get(action)
    if said is not None:
        return said
    verb = next((text for starts, text in _VERBS if action.startswith(starts)), _CHANGED)
    return Text(f"{verb.th} ({action})", f"{verb.en} ({action})")
