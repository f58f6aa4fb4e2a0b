"""The HTTP types: every field is described, answers tolerate what is new, bodies refuse what is unknown."""

import pytest
from pydantic import BaseModel, ValidationError

from zd_contracts.api import cases, common, grants, notify, reconciliation, registry

TYPES = [
    model
    for module in (cases, common, grants, notify, reconciliation, registry)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__
]
REQUESTS = [model for model in TYPES if issubclass(model, common.Request)]


@pytest.mark.parametrize("model", TYPES, ids=lambda model: model.__name__)
def test_every_field_says_what_it_holds(model: type[BaseModel]) -> None:
    properties = model.model_json_schema().get("properties", {})
    described = {name for name, shape in properties.items() if "'description'" in str(shape)}
    assert described == set(properties)


@pytest.mark.parametrize("model", REQUESTS, ids=lambda model: model.__name__)
def test_a_body_with_a_misspelt_field_is_refused(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"misspelt": 1})
    assert ("misspelt", "extra_forbidden") in {(error["loc"][0], error["type"]) for error in caught.value.errors()}


def test_an_answer_from_a_newer_service_is_read() -> None:
    problem = {"title": "t", "status": 404, "code": "case_not_found", "added_later": 1}
    assert common.Problem.model_validate(problem).code == "case_not_found"


def test_the_line_user_id_goes_in_and_never_comes_out() -> None:
    assert [model for model in TYPES if "line_user_id" in model.model_fields] == [notify.NewGuardianLink]
    for text in ("U" + "0" * 31, "u" + "0" * 32, "U" + "G" * 32, " U" + "0" * 32):
        with pytest.raises(ValidationError):
            notify.NewGuardianLink.model_validate(
                {"child_id": "019700a1-0000-7000-8000-000000000001", "line_user_id": text}
            )


@pytest.mark.parametrize("term", ["2567/1", "2568/3", "2499/2"])
def test_a_term_is_a_year_of_the_buddhist_era_and_a_number(term: str) -> None:
    values = {"term": term, "reference_date": "2024-06-10"}
    assert reconciliation.NewReconciliation.model_validate(values).term == term


@pytest.mark.parametrize("term", ["2024/1", "2567/4", "2567-1", "๒๕๖๗/๑", "2567/1\n", ""])
def test_another_spelling_of_a_term_is_refused(term: str) -> None:
    with pytest.raises(ValidationError):
        reconciliation.NewReconciliation.model_validate({"term": term, "reference_date": "2024-06-10"})
