"""`python -m zd_engines provision|topics`: one-shot commands that prepare real engines for the services."""

import argparse
import asyncio
import os
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from zd_engines.roles import Passwords, provision
from zd_engines.topics import create_topics


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    asyncio.run(options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m zd_engines")
    commands = parser.add_subparsers(required=True)
    roles = commands.add_parser(
        "provision",
        help="make databases and their roles; may be run again",
        epilog="Environment: ZD_ADMIN_URL (postgresql://superuser:password@host:port/postgres), and for a database "
        "zd_x ZD_X_MIGRATOR_PASSWORD and ZD_X_APP_PASSWORD.",
    )
    roles.add_argument("databases", nargs="+", metavar="DATABASE")
    roles.set_defaults(run=_provision)
    topics = commands.add_parser(
        "topics",
        help="create the topics that are missing, kept for ever",
        epilog="Environment: ZD_KAFKA_BOOTSTRAP (host:port).",
    )
    topics.add_argument("topics", nargs="+", metavar="TOPIC")
    topics.add_argument("--partitions", type=int, default=12, help="never changed afterwards (default: 12)")
    topics.add_argument("--replication-factor", type=int, default=1)
    topics.set_defaults(run=_topics)
    return parser


async def _provision(options: argparse.Namespace) -> None:
    admin_url = _setting("ZD_ADMIN_URL")
    for database in options.databases:
        name = database.upper()
        passwords = Passwords(_setting(f"{name}_MIGRATOR_PASSWORD"), _setting(f"{name}_APP_PASSWORD"))
        made = await provision(admin_url, database, passwords)
        print(f"{made.database}: ready, owned by {made.owner_role}")


async def _topics(options: argparse.Namespace) -> None:
    wanted = dict.fromkeys(options.topics, options.partitions)
    try:
        made = await create_topics(
            _setting("ZD_KAFKA_BOOTSTRAP"), wanted, replication_factor=options.replication_factor
        )
    except KafkaError as exc:
        raise SystemExit(f"Kafka refused the topics ({exc}): check ZD_KAFKA_BOOTSTRAP and that Kafka runs.") from exc
    for topic in options.topics:
        print(f"{topic}: {'created' if topic in made else 'exists'}")


def _setting(name: str) -> str:
    if not (value := os.environ.get(name)):
        raise SystemExit(f"Set the environment variable {name}.")
    return value


if __name__ == "__main__":
    main()
