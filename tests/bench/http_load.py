"""A plain HTTP/1.1 loader: connections that stay open, each asking again as soon as it is answered."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence


async def load(port: int, paths: Sequence[str], requests: int, connections: int, token: str) -> bytes:
    """Ask `requests` times in all, going round `paths`; the last body. Raises RuntimeError for anything but 200."""
    turns = iter(range(requests))
    around = itertools.cycle(paths)
    bodies = await asyncio.gather(*(_connection(port, around, turns, token) for _ in range(connections)))
    return next(body for body in bodies if body)


async def _connection(port: int, paths: Iterator[str], turns: Iterator[int], token: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b""
    for _ in turns:
        request = f"GET {next(paths)} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(body.decode())
    writer.close()
    return body
