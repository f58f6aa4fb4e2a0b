from tests.registry.builders import TERM, a_child, a_file, a_pupil, people
from tests.registry.conftest import Registry


async def test_the_rows_of_a_file_become_children_and_each_is_told_once(registry: Registry) -> None:
    done = await registry.office.take_in("population", people(30))
    assert (done["status"], done["rows"], done["accepted"], done["unchanged"], done["rejected"]) == ("done", 30, 30, 0, 0)
    assert await registry.event_counts() == {"registered.v1": 30}
    assert len(await registry.office.children(area="5203", limit=500)) == 30
