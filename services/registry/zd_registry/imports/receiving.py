"""The body of an upload, encrypted to disk before anything else: a slow sender holds no connection."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Final
from uuid import UUID

from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_kernel.problems import Invalid
from zd_registry.imports.sealing import seal_chunk

CHUNK_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """Sealed chunks one after another in `file`; `sizes` are their lengths, `sha256` is that of the content."""

    import_id: UUID
    file: IO[bytes]
    sizes: tuple[int, ...]
    sha256: str

    def chunks(self) -> Iterator[tuple[UUID, int, bytes]]:
        self.file.seek(0)
        for ordinal, size in enumerate(self.sizes):
            yield self.import_id, ordinal, self.file.read(size)


async def receive(body: AsyncIterator[bytes], keyring: KeyRing, file: IO[bytes]) -> Upload:
    """Takes the stream in without holding it. Raises Invalid for an empty one."""
    import_id, digest, sizes = uuid7(), sha256(), list[int]()
    pending = bytearray()

    def write(chunk: bytes) -> None:
        digest.update(chunk)
        sizes.append(file.write(seal_chunk(keyring, chunk, import_id, len(sizes))))

    async for data in body:
        pending += data
        while len(pending) >= CHUNK_BYTES:
            write(bytes(pending[:CHUNK_BYTES]))
            del pending[:CHUNK_BYTES]
    if pending:
        write(bytes(pending))
    if not sizes:
        raise Invalid("file_empty", "ไฟล์ว่างเปล่า โปรดเลือกไฟล์ใหม่", "The file is empty. Choose another file.")
    return Upload(import_id, file, tuple(sizes), digest.hexdigest())
