"""What the services promise each other: envelope, events, HTTP types and clients. Needs pydantic and httpx only."""
