"""What figures are asked by, by whom, and the arguments of the queries that are put together for them."""

from collections.abc import Iterable

from zd_kernel.access.principal import Principal
from zd_kernel.http.routing import lacking
from zd_kernel.problems import Invalid
from zd_registry.indicators.rules import LEVELS


class Arguments(list[object]):
    """Of one query, in the order of their numbers."""

    def add(self, value: object) -> str:
        """The place that stands for the value: `$3`."""
        self.append(value)
        return f"${len(self)}"


def counted_by(text: str, allowed: Iterable[str]) -> list[str]:
    """`"sex, tambon"` → the dimensions in the order of `allowed`. Raises Invalid for others and two levels of areas."""
    names = {name.strip() for name in text.split(",")} - {""}
    dimensions = list(allowed)
    if not names <= set(dimensions) or len(names & set(LEVELS)) > 1:
        listed = ", ".join(dimensions)
        raise Invalid(
            "by_wrong",
            f"by ใช้ได้เฉพาะ {listed} และระดับพื้นที่ได้ระดับเดียว",
            f"`by` takes {listed}, and one level of areas.",
        )
    return [name for name in dimensions if name in names]


def reads_everything(caller: Principal) -> bool:
    """Or only what is published. Raises Forbidden for callers who may read neither."""
    if not caller.scopes & {"registry:read", "registry:figures"}:
        raise lacking(frozenset({"registry:figures"}))
    return "registry:read" in caller.scopes
