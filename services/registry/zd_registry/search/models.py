from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Identity, Index, Integer, Text, text
from sqlmodel import Field

from zd_registry.db import RegistryTable


class NameEntry(RegistryTable, table=True):
    """A distinct given or family name of the register, as its key; nobody's in particular, so it has no area.

    `id` stands for it in its forms.
    """

    __tablename__ = "name_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('given', 'family')", name="name_entry_kind"),
        Index("name_entry_waiting", "kind", "key", postgresql_where=text("NOT indexed")),
        Index("name_entry_by_id", "id", unique=True, postgresql_include=["kind", "key"]),
    )

    kind: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    id: int = Field(sa_type=Integer, sa_column_args=[Identity(always=True)])
    indexed: bool = Field(default=False, sa_type=Boolean)


class ChildName(RegistryTable, table=True):
    """The keys of a child's names, by which a search finds the child. The table of the children itself keeps it.

    Of children whom a file registered it is filled by the job `names`.
    """

    __tablename__ = "child_name"
    __table_args__ = (
        Index("child_name_given", "given_key", "area"),
        Index("child_name_family", "family_key", "area"),
    )

    child_id: UUID = Field(primary_key=True)
    area: int
    given_key: str = Field(sa_type=Text)
    family_key: str = Field(sa_type=Text)


class NameForm(RegistryTable, table=True):
    """A form under which a name may be asked for (see the rules)."""

    __tablename__ = "name_form"

    form: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    entry: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
