"""What goes wrong is told in OneRoster's vocabulary, whatever raised it."""

import json

import pytest

from zd_kernel.http.problems import told
from zd_kernel.problems import Malformed, NotFound, Overloaded, Problem
from zd_registry.oneroster.answering import status_info
from zd_registry.oneroster.schemas import StatusInfo


@pytest.mark.parametrize(
    ("raised", "status", "minor"),
    [
        (Overloaded("took_too_long", "ช้า", "Slow."), 429, "server_busy"),
        (Malformed("invalid_filter_field", "ผิด", "Wrong."), 400, "invalid_filter_field"),
        (Malformed("purpose_malformed", "ผิด", "Wrong."), 400, "invaliddata"),
        (NotFound.of("user", "ผู้ใช้"), 404, "unknownobject"),
        (RuntimeError("somebody's name"), 500, "internal_server_error"),
    ],
)
def test_each_fault_has_its_status_and_code_minor(raised: Exception, status: int, minor: str) -> None:
    problem = told(raised)
    assert isinstance(problem, Problem)
    answer = status_info(problem)
    body = StatusInfo.model_validate(json.loads(bytes(answer.body)))
    assert body.imsx_CodeMinor is not None
    assert (answer.status_code, body.imsx_CodeMinor.imsx_codeMinorField[0].imsx_codeMinorFieldValue) == (status, minor)
    assert "somebody" not in str(body.imsx_description)
    assert ("Retry-After" in answer.headers) == (status == 429)
