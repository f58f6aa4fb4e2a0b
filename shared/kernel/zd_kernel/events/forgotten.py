"""Keys of people who were erased: nothing that is still in a topic may bring them back."""

from zd_kernel.data.session import WriteSession
from zd_kernel.events.positions import ALONE

_IN_SESSION = "forgotten_keys"


async def forget(session: WriteSession, key: str) -> None:
    """Pass over every further event of `key`, from any topic, and drop its parked ones. Delete your own rows after it.

    It waits until no other consumer of this database is in the middle of a transaction, so the deletes that follow see
    whatever those wrote, and those that follow see that the key is forgotten.
    """
    connection = await session.driver()
    await connection.execute(ALONE)
    await connection.execute("INSERT INTO forgotten_key (key) VALUES ($1) ON CONFLICT DO NOTHING", key)
    await connection.execute("DELETE FROM parked_event WHERE key = $1", key)
    forgotten_in(session).add(key)


async def is_forgotten(session: WriteSession, key: str) -> bool:
    """For facts that name a second key beside their own: the consumer asks only about the event's."""
    connection = await session.driver()
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM forgotten_key WHERE key = $1)", key)
    return found


def forgotten_in(session: WriteSession) -> set[str]:
    """Keys known to this transaction as forgotten; `forget` adds to it."""
    keys: set[str] = session.info.setdefault(_IN_SESSION, set())
    return keys
