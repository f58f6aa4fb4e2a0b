"""What is wrong with a file as a whole, said so that its sender can mend it."""

from typing import Final

from zd_kernel.problems import Text

FAULTS: Final = {
    "empty": Text("ไฟล์ว่าง โปรดส่งออกใหม่จากต้นทาง", "The file is empty. Export it again."),
    "header_only": Text(
        "ไฟล์มีแต่หัวตาราง ไม่มีข้อมูล โปรดส่งออกใหม่โดยเลือกข้อมูลด้วย",
        "The file has a header and no rows. Export it again with its rows.",
    ),
    "header_not_found": Text(
        "หาหัวตารางไม่พบ โปรดใส่ชื่อคอลัมน์ไว้เหนือข้อมูล", "No header was found. Put the columns' names in a row above the data."
    ),
    "nul_bytes": Text(
        "ไฟล์ไม่ใช่ข้อความ (มีไบต์ศูนย์) โปรดบันทึกใหม่เป็น CSV UTF-8 หรือ XLSX",
        "The file is not text: it holds NUL bytes. Save it again as CSV UTF-8 or XLSX.",
    ),
    "encoding_mixed": Text(
        "ไฟล์ปนรหัสอักขระ UTF-8 กับรหัสอื่น โปรดบันทึกใหม่เป็น CSV UTF-8 ทั้งไฟล์",
        "The file mixes UTF-8 with another encoding. Save the whole of it again as CSV UTF-8.",
    ),
    "encoding_unknown": Text(
        "อ่านรหัสอักขระไม่ได้ โปรดบันทึกใหม่เป็น CSV UTF-8", "The encoding cannot be read. Save the file again as CSV UTF-8."
    ),
    "line_too_long": Text(
        "มีบรรทัดยาวเกินไป โปรดตรวจเครื่องหมายขึ้นบรรทัดใหม่แล้วส่งออกใหม่",
        "A line is too long. Check the line breaks and export again.",
    ),
    "too_many_columns": Text(
        "ตารางมีคอลัมน์มากเกินไป โปรดลบคอลัมน์ที่ไม่ใช้", "The table has too many columns. Delete those that are not used."
    ),
    "too_many_cells": Text(
        "ตารางใหญ่เกินไป โปรดแบ่งไฟล์หรือบันทึกเป็น CSV", "The sheet is too large. Split it, or save it as CSV."
    ),
    "too_large_inside": Text(
        "เนื้อหาที่บีบอัดไว้ใหญ่ผิดปกติ โปรดส่งไฟล์ที่ไม่บีบอัด หรือแบ่งเป็นหลายไฟล์",
        "What is packed inside is far too large. Send it unpacked, or in several files.",
    ),
    "too_many_members": Text(
        "ไฟล์ ZIP มีไฟล์มากเกินไป โปรดส่งเฉพาะไฟล์ที่ใช้", "The ZIP holds too many files. Send only those needed."
    ),
    "nested_archive": Text("มีไฟล์บีบอัดซ้อนอยู่ใน ZIP โปรดแตกไฟล์ก่อนส่ง", "An archive lies inside the ZIP. Unpack it first."),
    "several_files": Text("ไฟล์ ZIP มีหลายไฟล์ โปรดส่งทีละไฟล์", "The ZIP holds several files. Send them one by one."),
    "no_table_inside": Text(
        "ไม่พบตารางในไฟล์ โปรดตรวจว่าเลือกไฟล์ถูกต้อง", "There is no table inside. Check that it is the right file."
    ),
    "password_protected": Text(
        "ไฟล์มีรหัสผ่าน โปรดเอารหัสผ่านออกแล้วส่งใหม่", "The file has a password. Remove it and send the file again."
    ),
    "damaged": Text("ไฟล์เสียหาย เปิดอ่านไม่ได้ โปรดส่งออกใหม่", "The file is damaged and cannot be read. Export it again."),
    "not_a_table": Text(
        "ไฟล์ชนิดนี้ไม่ใช่ตาราง โปรดส่ง CSV, XLSX, XLS, ODS, Parquet หรือ ZIP ของ OneRoster หรือ SDS",
        "This kind of file is not a table. Send CSV, XLSX, XLS, ODS, Parquet, or a ZIP of OneRoster or SDS.",
    ),
    "roster_incomplete": Text(
        "ชุดไฟล์ขาดไฟล์หรือคอลัมน์ที่จำเป็น โปรดส่งออกใหม่ให้ครบ",
        "The package lacks a file or column that it must have. Export all of it.",
    ),
    "manifest_malformed": Text(
        "manifest.csv ไม่ถูกต้อง โปรดส่งออกชุด OneRoster ใหม่",
        "manifest.csv is malformed. Export the OneRoster package again.",
    ),
}
"""`{code: what is wrong and what to do}`"""

ROW_FAULTS: Final = {
    "columns_mismatch": Text("จำนวนช่องในแถวไม่เท่ากับหัวตาราง", "The row has more or fewer cells than the header."),
    "row_unreadable": Text("อ่านแถวนี้ไม่ได้ โปรดตรวจเครื่องหมายคำพูด", "The row cannot be read. Check its quotation marks."),
    "cell_too_long": Text("มีช่องยาวเกิน 32,767 อักษร", "A cell is longer than 32,767 characters."),
    "user_missing": Text(
        "การลงทะเบียนอ้างถึงนักเรียนที่ไม่อยู่ใน users.csv", "The enrolment names a pupil whom users.csv does not hold."
    ),
}
"""Why a record could not be cut into cells. `{code: what to do}`"""

WARNINGS: Final = {
    "sheet_passed_over": Text("ข้ามแผ่นงานที่ไม่มีตาราง", "A sheet without a table was passed over."),
    "rows_before_header": Text("ข้ามบรรทัดเหนือหัวตาราง", "Lines above the header were passed over."),
    "file_absent": Text("ชุดไฟล์ไม่มีไฟล์นี้", "The package lacks this file."),
    "reference_dangling": Text(
        "มีการอ้างถึงรายการที่ไม่อยู่ในชุดไฟล์", "Some references name entries that are not in the package."
    ),
    "lines_unreadable": Text("มีบรรทัดที่อ่านไม่ได้ จึงไม่ได้ใช้", "Some lines could not be read and were left out."),
    "bulk_with_status": Text(
        "ชุดข้อมูลเต็มไม่ควรมี status หรือ dateLastModified", "A bulk file should leave status and dateLastModified blank."
    ),
    "dates_ambiguous": Text(
        "อ่านวันเกิดเป็น วัน/เดือน/ปี โปรดใช้ ปปปป-ดด-วว", "Birth dates were read as day/month/year. Write YYYY-MM-DD."
    ),
    "guardians_left_out": Text(
        "มีผู้ปกครองเกินสองคน รับเพียงสองคนแรก", "Some pupils have more than two guardians: two were taken."
    ),
}
"""What the sender should know though the file was read. `{code: text}`"""


class FileFault(Exception):
    """The whole file is refused. `code` is of `FAULTS`; `place` tells where (`line`, `byte`, `sheet`, `file` …)."""

    def __init__(self, code: str, **place: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.place = place

    @property
    def text(self) -> Text:
        said = FAULTS[self.code]
        if not self.place:
            return said
        where = ", ".join(f"{_PLACES.get(name, Text(name, name)).th} {value}" for name, value in self.place.items())
        en = ", ".join(f"{_PLACES.get(name, Text(name, name)).en} {value}" for name, value in self.place.items())
        return Text(f"{said.th} ({where})", f"{said.en} ({en})")


_PLACES: Final = {
    "line": Text("บรรทัด", "line"),
    "byte": Text("ไบต์ที่", "byte"),
    "sheet": Text("แผ่นงาน", "sheet"),
    "file": Text("ไฟล์", "file"),
    "column": Text("คอลัมน์", "column"),
    "most": Text("สูงสุด", "at most"),
    "found": Text("พบ", "found"),
}
