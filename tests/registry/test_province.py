"""From the raw files of a province to each child's status: who is missing is found, and hardly anybody else."""

import pytest

from tests.registry.conftest import Registry
from tests.registry.province import a_province
from tests.registry.province_year import a_year


@pytest.mark.timeout(600)
async def test_the_missing_of_a_province_are_found_and_it_is_said_why(registry: Registry) -> None:
    """`tests/bench/registry_province.py` does the same at full size. Here, one child is half of one in a hundred."""
    _, found = await a_year(registry, a_province(2_500, 5), explained=1_000)
    assert found.figures["truly_missing"] > 100
    assert found.recall >= 0.99
    assert found.precision >= 0.97
    assert found.review_share <= 0.01
    assert found.right_status >= 0.995
    assert found.right_kind >= 0.98
    assert found.why == 1
