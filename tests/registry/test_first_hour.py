"""The officer's first hour is walked as the service's README writes it, from two files to the missing of a tambon."""

import re
import shlex
from typing import Any, Final

from tests.registry.conftest import Caller, Registry
from tests.registry.test_weeks import README, SCHOOL, Walk

_FILE: Final = re.compile(r"^cat > (\S+) <<END\n(.*?)^END\n", re.MULTILINE | re.DOTALL)
_KEPT: Final = re.compile(r"(\w+)=\$\((.*)\)")
_PATH: Final = re.compile(r"\.(\w+)|\[(\d+)\]")


class FirstHour(Walk):
    """`known` are the variables of the shell; `ask` and `tell` go through the app client."""

    async def from_the_readme(self, officer: Caller) -> None:
        section = README.read_text().partition("## An officer's first hour\n")[2].partition("\n## ")[0]
        script = "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
        self.files |= _FILE.findall(script)
        for line in _FILE.sub("", script).splitlines():
            kept = _KEPT.match(line)
            name, command = kept.groups() if kept else ("", line)
            if command.startswith(("ask ", "tell ")):
                self.known |= {name: str(await self._carry_out(officer, command))}

    async def _carry_out(self, officer: Caller, command: str) -> Any:
        words = [self.meant(word) for word in shlex.split(command, comments=True)]
        end = next((place for place, word in enumerate(words) if word in {"|", ">"}), len(words))
        answer = await self._send(officer, words[1:end])
        assert answer.is_success, f"{command}: {answer.text}"
        self.walked += 1
        await self.registry.work()
        if "kind=enrolment" in command:  # the linkage follows by itself
            await self.registry.work(background=True)
        if words[end : end + 1] == [">"]:
            self.files[words[end + 1]] = answer.text
        return looked_at(answer.json(), words[-1]) if "jq" in words[end:] else None


def looked_at(answer: Any, wanted: str) -> Any:
    """What a filter of `jq` picks; every field that it shows of an object has to be there."""
    path, _, shown = wanted.partition("{")
    for name, place in _PATH.findall(path):
        answer = answer[name] if name else answer[int(place)]
    for row in answer if isinstance(answer, list) else [answer]:
        assert not shown or set(shown.rstrip("}").split(", ")) <= row.keys(), f"{wanted}: not all is there"
    return answer


async def test_the_first_hour_goes_as_the_readme_writes_it(registry: Registry) -> None:
    officer = registry.office
    school = {"code": SCHOOL, "kind": "school", "name_th": "โรงเรียนตัวอย่าง", "area": "520301"}
    keeper = registry.caller(areas=["52"], scopes=["registry:organisations"])
    (await keeper.put("/v1/organisations", {"organisations": [school]})).raise_for_status()
    walk = FirstHour(registry, {"API": "/v1"})
    await walk.from_the_readme(officer)
    assert walk.walked == 20, "as many commands as the hour has"
    register = (await officer.get(f"/v1/imports/{walk.known['FILE']}")).json()
    assert (register["phase"], register["accepted"], register["rejected"]) == ("committed", 2, 1)
    missing = walk.files["missing-520301.csv"].splitlines()
    assert [line.split(",")[1] for line in missing[1:]] == ["สมชาย"], "the list names สมหญิง without an ID"
