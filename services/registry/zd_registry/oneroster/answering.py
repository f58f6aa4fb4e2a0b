"""OneRoster's own errors: whatever a route of these paths raises leaves as `imsx_StatusInfo`."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

from fastapi import Request, Response

from zd_kernel.http.problems import told
from zd_kernel.http.routing import Route
from zd_kernel.problems import Problem
from zd_registry.oneroster.schemas import CodeMinor, CodeMinorField, StatusInfo

_BY_STATUS: Final = {
    400: "invaliddata", 401: "unauthorisedrequest", 403: "forbidden", 404: "unknownobject", 422: "invaliddata",
    429: "server_busy", 500: "internal_server_error",
}  # fmt: skip
_OWN_CODES: Final = {"invalid_filter_field", "invalid_selection_field"}
_MEANING: Final = {
    400: "The request cannot be read, or names a field that there is not", 401: "No valid token",
    403: "The token lacks a scope", 404: "No such entity for this caller", 422: "A value is not valid",
    429: "Overloaded: try again after `Retry-After`", 500: "A fault of the service",
}  # fmt: skip
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": StatusInfo, "description": meaning} for status, meaning in _MEANING.items()
}


class OneRosterRoute(Route):
    """The kernel's route, with OneRoster's errors. An overloaded service is 429 there."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except Exception as exc:  # noqa: BLE001  each becomes an answer, and what nobody expected a line of the log
                return status_info(told(exc))

        return answered

    def _responses(self, methods: Iterable[str]) -> dict[int | str, dict[str, Any]]:  # noqa: ARG002  reading alone
        return RESPONSES


def status_info(problem: Problem) -> Response:
    status = 429 if problem.status == 503 else problem.status
    minor = problem.code if problem.code in _OWN_CODES else _BY_STATUS.get(status, "invaliddata")
    where = f" ({', '.join(error.pointer for error in problem.errors)})" if problem.errors else ""
    said = StatusInfo(
        imsx_codeMajor="failure",
        imsx_severity="error",
        imsx_description=f"{problem.detail.th} · {problem.detail.en}{where}",
        imsx_CodeMinor=CodeMinor(
            imsx_codeMinorField=[
                CodeMinorField.model_validate(
                    {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
                )
            ]
        ),
    )
    headers = problem.headers | {"Cache-Control": "no-store"}
    return Response(said.model_dump_json(), status, headers, media_type="application/json")
