"""Topics that keep every event for ever, made before anyone writes to them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

# An instance's topic is its memory: no event is ever dropped.
FOREVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
_PAUSES_S = (0.2, 0.5, 1, 2, 4, 8)


async def create_topics(bootstrap: str, topics: Mapping[str, int], *, replication_factor: int = 1) -> list[str]:
    """Make the topics (name → partitions) that are missing, and return their names. Existing ones are left alone.

    Raises `KafkaError` if the broker is away or refuses.
    """
    wanted = [
        NewTopic(name, partitions, replication_factor, topic_configs=FOREVER) for name, partitions in topics.items()
    ]
    response = await _asked(bootstrap, wanted)
    outcome = {name: for_code(code) for name, code, *_ in response.topic_errors}
    for name, error in outcome.items():
        if error not in (_OK, TopicAlreadyExistsError):
            raise error(name)
    return [name for name, error in outcome.items() if error is _OK]


async def _asked(bootstrap: str, wanted: list[NewTopic]) -> Any:
    for pause_s in _PAUSES_S:
        try:
            return await _ask(bootstrap, wanted)
        except AttributeError:
            # So the library says that a broker which is very busy does not know who leads it; it will.
            await asyncio.sleep(pause_s)
    return await _ask(bootstrap, wanted)


async def _ask(bootstrap: str, wanted: list[NewTopic]) -> Any:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return await admin.create_topics(wanted)
    finally:
        await admin.close()


_OK: type[KafkaError] = for_code(0)
