"""Topics that keep every event for ever, made before anyone writes to them."""

from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

# An instance's topic is its memory: no event is ever dropped.
FOREVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}


async def create_topics(bootstrap: str, topics: Mapping[str, int], *, replication_factor: int = 1) -> list[str]:
    """Make the topics (name → partitions) that are missing, and return their names. Existing ones are left alone.

    Raises `KafkaError` if the broker is away or refuses.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        wanted = [
            NewTopic(name, partitions, replication_factor, topic_configs=FOREVER) for name, partitions in topics.items()
        ]
        response = await admin.create_topics(wanted)
    finally:
        await admin.close()
    outcome = {name: for_code(code) for name, code, *_ in response.topic_errors}
    for name, error in outcome.items():
        if error not in (_OK, TopicAlreadyExistsError):
            raise error(name)
    return [name for name, error in outcome.items() if error is _OK]


_OK: type[KafkaError] = for_code(0)
