"""What a guardian reads, and when a push is tried again."""

from datetime import date, datetime, timedelta

AWARD_APPROVED = "award_approved"
# LINE forgets a retry key 24 hours after the first request; then the same key would deliver a second time.
RETRY_WINDOW = timedelta(hours=23)
_FIRST_PAUSE_S = 10
_LONGEST_PAUSE_S = 3600

_THAI_MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def award_text(amount_satang: int, approved_date: date) -> str:
    """Says nothing of who the child is or why: others may read the telephone."""
    amount, year, month = baht(amount_satang), approved_date.year + 543, approved_date.month - 1
    return (
        f"เงินสนับสนุนการเรียนรู้ {amount} บาท ได้รับอนุมัติแล้ว"
        f" เมื่อวันที่ {approved_date.day} {_THAI_MONTHS[month]} พ.ศ. {year}\n\n"
        f"A learning grant of {amount} baht was approved on {approved_date.day} {_ENGLISH_MONTHS[month]} {year} B.E."
    )


def baht(satang: int) -> str:
    """`"3,000"` for 300000, `"1,250.50"` for 125050."""
    whole, rest = divmod(satang, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"


def may_send(now: datetime, first_attempt_at: datetime) -> bool:
    """False where an earlier attempt may have arrived and LINE could no longer tell that this is the same message."""
    return now < first_attempt_at + RETRY_WINDOW


def next_attempt(now: datetime, first_attempt_at: datetime, attempts: int) -> datetime | None:
    """Twice the pause after each attempt, up to an hour; None once LINE could forget the retry key by then."""
    at = now + timedelta(seconds=min(_FIRST_PAUSE_S * 2 ** (attempts - 1), _LONGEST_PAUSE_S))
    return at if may_send(at, first_attempt_at) else None
