from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

import pytest

from tests.kernel.sample_builders import create_item
from zd_engines.databases import TestDatabase
from zd_engines.harness import AppClient
from zd_kernel.http.etags import check_version
from zd_kernel.problems import Malformed, PreconditionFailed


async def test_pages_hold_every_row_once_and_link_to_the_next(api: AppClient, database: TestDatabase) -> None:
    made = [str(await create_item(database.admin_url)) for _ in range(5)]
    seen, url = [], "/v1/items?limit=2"
    while url:
        answer = await api.get(url)
        body = answer.json()
        seen += [item["id"] for item in body["items"]]
        link = answer.headers.get("link", "")
        assert bool(link) == (body["next_cursor"] is not None)
        url = link.removeprefix("<").removesuffix('>; rel="next"')
        assert "limit=2" in url or not url
    assert seen == made


async def test_rows_that_come_later_move_nothing_already_read(api: AppClient, database: TestDatabase) -> None:
    made = [str(await create_item(database.admin_url)) for _ in range(2)]
    first = (await api.get("/v1/items", params={"limit": 1})).json()
    later = str(await create_item(database.admin_url))
    rest = (await api.get("/v1/items", params={"cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in rest["items"]] == [made[1], later]
    assert rest["next_cursor"] is None


def encoded(text: bytes) -> str:
    return urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    ["!", "ก", encoded(b"not json"), encoded(b"{}"), encoded(b"[]"), encoded(b'["not a uuid"]'), encoded(b"[7]"),
     encoded(b"[" * 700), encoded(b'["a","b"]'), encoded(b"\xff")],
)  # fmt: skip
async def test_a_cursor_that_no_page_gave_is_refused(api: AppClient, cursor: str) -> None:
    answer = await api.get("/v1/items", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed")


async def test_a_change_must_name_the_version_it_changes(api: AppClient, database: TestDatabase) -> None:
    url = f"/v1/items/{await create_item(database.admin_url)}"
    missing = await api.patch(url, json={"name": "b"})
    stale = await api.patch(url, json={"name": "b"}, headers={"If-Match": '"7"'})
    current = await api.patch(url, json={"name": "b"}, headers={"If-Match": '"1"'})
    again = await api.patch(url, json={"name": "c"}, headers={"If-Match": '"1"'})
    assert [(answer.status_code, answer.json().get("code")) for answer in (missing, stale, again)] == [
        (428, "if_match_missing"), (412, "version_changed"), (412, "version_changed")
    ]  # fmt: skip
    assert (current.status_code, current.headers["etag"]) == (200, '"2"')
    assert (await api.get(url)).json()["name"] == "b"


@pytest.mark.parametrize("if_match", ['"3"', '"1", "3"', "*"])
def test_the_current_version_matches(if_match: str) -> None:
    check_version(if_match, 3)


@pytest.mark.parametrize("if_match", ["3", 'W/"3"', '"abc"', ""])
def test_what_is_no_strong_etag_of_ours_is_refused(if_match: str) -> None:
    with pytest.raises(Malformed):
        check_version(if_match, 3)


def test_another_version_does_not_match() -> None:
    with pytest.raises(PreconditionFailed):
        check_version('"13"', 3)


async def test_the_next_page_keeps_the_filters(api: AppClient, database: TestDatabase) -> None:
    for _ in range(2):
        await create_item(database.admin_url)
    link = (await api.get("/v1/items", params={"limit": 1, "area": "52"})).headers["link"]
    query = urlsplit(link.split(">")[0].removeprefix("<")).query
    assert query.startswith("limit=1&area=52&cursor=")
