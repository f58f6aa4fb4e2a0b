"""Thin typed clients. Give each an `httpx.AsyncClient` that knows the base URL, the credentials and, when a trace goes
on, the `traceparent` header."""
