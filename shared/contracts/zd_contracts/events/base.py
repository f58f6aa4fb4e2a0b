"""What every fact about a child says."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from zd_contracts.envelope import EventData
from zd_contracts.fields import Tambon


class ChildEvent(EventData):
    """A fact about one child: the key keeps all facts about the child in order."""

    child_id: Annotated[UUID, Field(description="The child, one id for ever, given by its home registry")]
    tambon: Annotated[Tambon | None, Field(description="Tambon of residence; null when unknown")]
