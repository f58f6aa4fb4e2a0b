"""Runs Alembic for one service: the kernel's branch and the service's own, as the owner of the tables."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from zd_kernel.data.tables import kernel_metadata
from zd_kernel.problems import LoudStop

KERNEL_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_MIGRATION_LOCK = 0x7A64_0001
# Tables that migrations make but no metadata describes: pgqueuer's, Alembic's, and the partitions of the outbox.
_FOREIGN = ("pgqueuer", "alembic_version", "outbox_p")


def alembic_config(service_migrations: Path) -> Config:
    """`service_migrations` is the service's `migrations` folder, which holds `versions/`."""
    config = Config()
    config.set_main_option("script_location", str(KERNEL_MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    folders = (KERNEL_MIGRATIONS / "versions", service_migrations / "versions")
    config.set_main_option("version_locations", "\n".join(map(str, folders)))
    return config


def expected_heads(service_migrations: Path) -> frozenset[str]:
    """The revisions that a database of this code must be at."""
    return frozenset(ScriptDirectory.from_config(alembic_config(service_migrations)).get_heads())


def behind(service_migrations: Path) -> Callable[[frozenset[str]], bool]:
    """Tells whether a database at the given revisions lacks migrations of this code.

    One that is ahead does not: during a release the old code runs on the new schema.
    """

    @cache
    def known() -> tuple[frozenset[str], frozenset[str]]:
        script = ScriptDirectory.from_config(alembic_config(service_migrations))
        revisions = list(script.walk_revisions())
        # Alembic stores no row for a revision that an applied one depends on.
        implied = {found.revision for each in revisions for found in script.get_revisions(each.dependencies or ())}
        heads = frozenset(script.get_heads()) - implied
        return heads, frozenset(revision.revision for revision in revisions) - heads

    def is_behind(applied: frozenset[str]) -> bool:
        heads, older = known()
        return len(applied) < len(heads) or bool(applied & older)

    return is_behind


async def upgrade(migrator_url: str, owner_role: str, service_migrations: Path) -> None:
    """Bring the database to the newest revision of every branch. Concurrent callers wait for one another.

    Raises LoudStop for a database that newer code has migrated.
    """
    config = alembic_config(service_migrations)
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}

    def run(connection: Connection) -> None:
        if newer := set(MigrationContext.configure(connection).get_current_heads()) - known:
            raise LoudStop(
                f"The database is at {', '.join(sorted(newer))}, which this release does not know:"
                " run the newer release that migrated it."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
        _let_the_app_read_the_revision(connection)

    await _as_owner(migrator_url, owner_role, run)


async def drift(migrator_url: str, owner_role: str, metadata: MetaData) -> list[str]:
    """What Alembic would still change to make the database look like the models; empty if nothing."""
    found: list[str] = []

    def run(connection: Connection) -> None:
        context = MigrationContext.configure(
            connection, opts={"include_name": _described, "compare_type": True, "compare_server_default": False}
        )
        # Alembic takes a list of metadatas, as its documents say and its types do not.
        found.extend(str(change) for change in compare_metadata(context, [metadata, kernel_metadata]))  # type: ignore[arg-type]

    await _as_owner(migrator_url, owner_role, run)
    return found


async def _as_owner(url: str, owner_role: str, run: Callable[[Connection], None]) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})"))
            await connection.execute(text(f'SET ROLE "{owner_role}"'))
            await connection.execute(text("SET lock_timeout = '5s'"))
            await connection.commit()
            await connection.run_sync(run)
            await connection.commit()
    finally:
        await engine.dispose()


def _described(name: str | None, kind: str, _: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(_FOREIGN))


def _let_the_app_read_the_revision(connection: Connection) -> None:
    # Readiness asks whether the migrations are at head, as the app role.
    database = connection.scalar(text("SELECT current_database()"))
    connection.execute(text(f'GRANT SELECT ON alembic_version TO "{database}_app"'))
    connection.commit()
