"""What went wrong with an engine, in one sentence that says what to do."""

from pathlib import Path


class EngineError(Exception):
    """Printed as it is to the person at the terminal: Thai first, then English."""

    def __init__(self, th: str, en: str) -> None:
        super().__init__(f"{th} / {en}")
        self.th = th
        self.en = en


class PortInUse(EngineError):
    def __init__(self, engine: str, port: int) -> None:
        super().__init__(
            f"พอร์ต {port} ที่ {engine} ต้องใช้ถูกโปรแกรมอื่นใช้อยู่ โปรดปิดโปรแกรมนั้นแล้วลองใหม่",
            f"Port {port}, which {engine} needs, is used by another program: stop that program and try again.",
        )


class DiskFull(EngineError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"ดิสก์ที่เก็บ {folder} เต็มหรือเกือบเต็ม โปรดเพิ่มพื้นที่ว่างแล้วลองใหม่",
            f"The disk that holds {folder} is full or almost full: free some space and try again.",
        )


class DidNotStart(EngineError):
    def __init__(self, engine: str, log: Path, reason: str) -> None:
        super().__init__(
            f"{engine} ไม่เริ่มทำงาน ({reason}) โปรดดูบันทึก {log}",
            f"{engine} did not start ({reason}): read its log {log}.",
        )
