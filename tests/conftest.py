import pytest

from zd_kernel.observe import logs


@pytest.fixture(scope="session", autouse=True)
def _logging_as_in_a_service() -> None:
    """What a run collects, and searches for personal data, is what a service would have written."""
    logs.configure(service="tests", instance="tests", process="pytest")
