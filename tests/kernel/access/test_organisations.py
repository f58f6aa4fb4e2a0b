import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from tests.kernel.sample import SampleSettings
from zd_engines.harness import ControlledClock, JwksServer
from zd_engines.tokens import TokenFactory
from zd_kernel.access.organisations import FAILURE_PAUSE_S, REFRESH_AFTER_S, Organisations
from zd_kernel.access.tokens import TokenVerifier
from zd_kernel.problems import LoudStop, Overloaded
from zd_kernel.scope import Range


def test_an_organisation_covers_its_range_and_an_unknown_one_nothing(tmp_path: Path) -> None:
    seeded = tmp_path / "organisations.json"
    seeded.write_text('{"district": [100, 199], "school": [110, 110]}')
    known = Organisations.from_file(seeded)
    assert known.ranges(["school", "unheard-of", "district"]) == (Range(110, 110), Range(100, 199))


def test_without_a_file_there_are_no_organisations() -> None:
    assert Organisations.from_file(None).ranges(["school"]) == ()


@pytest.mark.parametrize("text", [None, "", "[]", '{"a": 7}', '{"a": [1]}'])
def test_a_file_that_cannot_be_used_stops_the_process(tmp_path: Path, text: str | None) -> None:
    seeded = tmp_path / "organisations.json"
    if text is not None:
        seeded.write_text(text)
    with pytest.raises(LoudStop, match=r"organisations\.json"):
        Organisations.from_file(seeded)


class Tree:
    """The service that keeps the tree: answers with what is newer than the revision asked about, or is away."""

    def __init__(self, **positions: Range) -> None:
        self.revision = 0
        self.positions: Mapping[str, Range] = positions
        self.away = False
        self.asked: list[int] = []

    def change(self, **positions: Range) -> None:
        self.revision, self.positions = self.revision + 1, positions

    async def __call__(self, revision: int) -> tuple[int, Mapping[str, Range]] | None:
        self.asked.append(revision)
        await asyncio.sleep(0)
        if self.away:
            raise Overloaded("no_free_connection", "", "")
        return None if revision == self.revision else (self.revision, self.positions)


async def test_what_the_tree_says_goes_before_the_file_and_the_file_before_nothing() -> None:
    tree = Tree(school=Range(300, 309))
    known = Organisations({"school": Range(110, 110), "old": Range(5, 5)}, tree)
    assert known.ranges(["school"]) == (Range(110, 110),)
    await known.refresh(0)
    assert known.ranges(["school", "old", "unheard-of"]) == (Range(300, 309), Range(5, 5))


async def test_the_tree_is_asked_once_in_a_while_and_by_all_who_wait_together_once() -> None:
    tree = Tree(school=Range(1, 1))
    known = Organisations({}, tree)
    await asyncio.gather(*(known.refresh(0) for _ in range(5)))
    assert (tree.asked, known.ranges(["school"])) == ([-1], (Range(1, 1),))
    tree.change(school=Range(2, 2))
    await known.refresh(REFRESH_AFTER_S - 1)
    assert known.ranges(["school"]) == (Range(1, 1),)
    await known.refresh(REFRESH_AFTER_S)
    assert (tree.asked, known.ranges(["school"])) == ([-1, 0], (Range(2, 2),))
    await known.refresh(2 * REFRESH_AFTER_S)
    assert known.ranges(["school"]) == (Range(2, 2),)


async def test_while_the_tree_is_away_what_was_known_holds_and_it_is_asked_again_soon() -> None:
    tree = Tree(school=Range(1, 1))
    known = Organisations({}, tree)
    await known.refresh(0)
    tree.away = True
    tree.change(school=Range(2, 2))
    await known.refresh(REFRESH_AFTER_S)
    assert known.ranges(["school"]) == (Range(1, 1),)
    tree.away = False
    await known.refresh(REFRESH_AFTER_S + FAILURE_PAUSE_S)
    assert known.ranges(["school"]) == (Range(2, 2),)


async def test_a_token_that_was_verified_before_follows_its_organisation_to_other_positions(
    token_factory: TokenFactory, jwks: JwksServer, clock: ControlledClock
) -> None:
    tree = Tree(school=Range(1, 1))
    settings = SampleSettings(
        instance="t", agency="test", areas=["52"], database_url=SecretStr(""), kafka_bootstrap="", jwks_url=jwks.url,
        issuer=token_factory.issuer, audience=token_factory.audience, keyring=SecretStr("{}"),
    )  # fmt: skip
    token = token_factory.token(organisations=["school"])
    async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
        verifier = TokenVerifier(settings, http, clock, Organisations({}, tree))
        before = await verifier.verify(token)
        assert await verifier.verify(token) is before
        tree.change(school=Range(7, 9))
        assert (await verifier.verify(token)).scope.organisations == ((1, 1),)
        clock.advance(seconds=REFRESH_AFTER_S)
        assert (await verifier.verify(token)).scope.organisations == ((7, 9),)
        await verifier.keys.close()
