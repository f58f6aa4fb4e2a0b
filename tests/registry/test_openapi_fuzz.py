"""Whatever the document allows, and what it does not, is answered without a server error."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from tests.registry.builders import a_child, a_pupil
from tests.registry.conftest import Caller, Registry
from zd_registry.main import create_app

AnyCase = Case[Any]
SEED = 2567
EXAMPLES = 2
"""Of each operation, for what the document allows and for what it does not."""


def cases(document: dict[str, Any]) -> Iterator[AnyCase]:
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            yield from drawn(found.ok().as_strategy(generation_mode=mode))


def drawn(strategy: st.SearchStrategy[AnyCase]) -> list[AnyCase]:
    """Drawn before any is sent, because requests wait and Hypothesis does not."""
    kept: list[AnyCase] = []

    @seed(SEED)
    @settings(max_examples=EXAMPLES, phases=[Phase.generate], database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def keep(case: AnyCase) -> None:
        kept.append(case)

    with suppress(Unsatisfiable):  # where everything is allowed, nothing is wrong
        keep()
    return kept


async def send(caller: Caller, case: AnyCase, known: dict[str, str]) -> int:
    """Ids that the path asks for are those of what is there, as far as known."""
    case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
    wanted = case.as_transport_kwargs(base_url="http://service.test")
    headers = {name: str(value).encode("utf-8", "replace") for name, value in (wanted.get("headers") or {}).items()}
    body = {"json": wanted["json"]} if "json" in wanted else {"content": wanted.get("data")}
    given_token = {name: value.encode() for name, value in caller.headers.items()}
    caller.registry.clock.set(datetime.now(UTC))  # the token grows old with the real time
    answer = await caller.http.request(
        wanted["method"], wanted["url"], params=wanted.get("params"), headers=headers | given_token, **body
    )
    return answer.status_code


@pytest.mark.timeout(600)
async def test_no_operation_of_the_document_fails(registry: Registry) -> None:
    document = create_app(registry.settings).openapi()
    made = list(cases(document))
    registry.clock.set(datetime.now(UTC))
    scopes = set(re.findall(r"registry:[a-z]+|https://purl\.imsglobal\.org/[\w./-]+readonly", str(document)))
    officer = registry.caller(areas=["52"], organisations=["5203"], scopes=scopes)
    taken = await officer.take_in("population", [a_child(number) for number in range(1, 4)])
    await officer.take_in("enrolment", [a_pupil(1)])
    run = await officer.reconcile()
    known = {"child_id": str(await officer.child_id()), "run_id": run["id"], "import_id": taken["id"]}
    statuses: Counter[int] = Counter()
    failed = []
    for case in made:
        status = await send(officer, case, known)
        statuses[status] += 1
        if status >= 500:
            failed.append((status, case.method, case.path, case.path_parameters, case.query, case.body))
    assert failed == []
    assert statuses[401] == 0
    assert {case.path for case in made} == set(document["paths"])
    assert statuses[200] > len(document["paths"]) // 4
