from sqlalchemy import Boolean, CheckConstraint, Index, Text, text
from sqlmodel import Field

from zd_registry.db import RegistryTable


class NameEntry(RegistryTable, table=True):
    """A distinct given or family name of the register, as its key; nobody's in particular, so it has no area."""

    __tablename__ = "name_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('given', 'family')", name="name_entry_kind"),
        Index("name_entry_waiting", "kind", "key", postgresql_where=text("NOT indexed")),
    )

    kind: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    indexed: bool = Field(default=False, sa_type=Boolean)


class NameForm(RegistryTable, table=True):
    """A form under which a name may be asked for (see the rules)."""

    __tablename__ = "name_form"

    form: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
