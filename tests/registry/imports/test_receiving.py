"""An upload is cut, sealed and counted while it arrives; bodies that are held in memory stay small."""

from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from tempfile import TemporaryFile

import pytest

from tests.registry.conftest import Registry
from zd_kernel.keyring import KeyRing, Sealed
from zd_kernel.problems import Invalid
from zd_registry.imports.receiving import CHUNK_BYTES, receive
from zd_registry.imports.sealing import open_chunk


async def stream(parts: Sequence[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("length", [1, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 7])
async def test_chunks_of_one_size_hold_the_whole_of_the_content_and_nothing_of_it_in_the_clear(
    registry: Registry, length: int
) -> None:
    keyring = KeyRing.from_settings(registry.settings)
    content = b"0123456789abcdef" * (length // 16 + 1)
    parts = [content[:length][at : at + 1_000_003] for at in range(0, length, 1_000_003)]
    with TemporaryFile() as file:
        upload = await receive(stream(parts), keyring, file)
        opened = [open_chunk(keyring, sealed, i, n) for i, n, sealed in upload.chunks()]
        file.seek(0)
        assert b"0123456789abcdef" not in file.read()
    assert b"".join(opened) == content[:length]
    assert [len(chunk) for chunk in opened[:-1]] == [CHUNK_BYTES] * (len(opened) - 1)
    assert upload.sha256 == sha256(content[:length]).hexdigest()


async def test_a_chunk_opens_at_its_own_place_alone(registry: Registry) -> None:
    keyring = KeyRing.from_settings(registry.settings)
    with TemporaryFile() as file:
        upload = await receive(stream([b"x"]), keyring, file)
        ((import_id, ordinal, sealed),) = upload.chunks()
    with pytest.raises(Sealed):
        open_chunk(keyring, sealed, import_id, ordinal + 1)


async def test_a_body_of_nothing_is_refused(registry: Registry) -> None:
    with TemporaryFile() as file, pytest.raises(Invalid, match="file_empty"):
        await receive(stream([b"", b""]), KeyRing.from_settings(registry.settings), file)
