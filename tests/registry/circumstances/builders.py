"""A school whose pupils live elsewhere."""

from uuid import UUID

from tests.registry.builders import KO_KHA_SCHOOL
from tests.registry.conftest import Caller, Everything, Registry
from tests.registry.reconciliation.builders import World

ELSEWHERE = 50010100


async def a_pupil_from_elsewhere(everything: Everything) -> UUID:
    world = World(everything.connection)
    child_id = await world.child(area=ELSEWHERE)
    await world.enrol([child_id])
    await everything.connection.execute("UPDATE enrolment SET area = $1", ELSEWHERE)
    return child_id


def teacher(registry: Registry, school: str = KO_KHA_SCHOOL) -> Caller:
    return registry.caller(organisations=[school], scopes=["registry:achievement", "registry:read"], agency="โรงเรียน")
