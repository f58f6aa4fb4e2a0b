from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

from zd_kernel.observe import logs

# Nothing is written beside the code.
set_hypothesis_home_dir(Path(__file__).parents[1] / ".zerodropout" / "cache" / "hypothesis")
# How fast a machine is proves nothing.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def _logging_as_in_a_service() -> None:
    """What a run collects, and searches for personal data, is what a service would have written."""
    logs.configure(service="tests", instance="tests", process="pytest")
