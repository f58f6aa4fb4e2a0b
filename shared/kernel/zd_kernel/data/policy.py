"""DDL for migrations: row-level security by area range OR organisation range, and the app role's grants."""

# The planner works the bounds out and estimates by them; as a sub-select the ranges are read once in a statement, not
# once for every row.
_INT = "nullif(current_setting('{0}', true), '')::int"
_RANGES = "(SELECT nullif(current_setting('{0}', true), '')::int4multirange)"


def within(column: str, kind: str) -> str:
    """SQL for: `column` lies in the caller's ranges of `kind` (`area` or `org`); null, so false, if none are set.

    Scalar bounds first, because only they can use the index; the exact multirange after.
    """
    lo, hi = _INT.format(f"zd.{kind}_lo"), _INT.format(f"zd.{kind}_hi")
    exact = _RANGES.format(f"zd.{kind}s" if kind == "org" else "zd.areas")
    return f"({column} >= {lo} AND {column} <= {hi} AND {column} <@ {exact})"


def scope_policy(table: str, *, area: str | None = "area", organisation: str | None = None) -> list[str]:
    """Statements that let a row be read and written only within the caller's areas or organisations."""
    parts = [within(area, "area")] if area else []
    parts += [within(organisation, "org")] if organisation else []
    if not parts:
        raise ValueError("a policy needs an area column or an organisation column")
    return [*secured(table), f"CREATE POLICY {table}_scope ON {table} USING ({' OR '.join(parts)})"]


def secured(table: str) -> list[str]:
    """Row-level security with no policy yet: the app role sees nothing; migrations, as the owner, see all."""
    return [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"]


def grant_app(table: str, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> str:
    """The app role is `<database>_app`; its name is worked out where the migration runs, so one migration fits all."""
    return f"DO $$ BEGIN EXECUTE format('GRANT {privileges} ON {table} TO %I', current_database() || '_app'); END $$"
