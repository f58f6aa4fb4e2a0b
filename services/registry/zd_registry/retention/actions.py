from uuid import UUID

from zd_kernel.data.session import ReadSession, WriteSession
from zd_kernel.problems import Conflict
from zd_registry.retention import queries
from zd_registry.retention.models import RetentionRule
from zd_registry.retention.schemas import NewRule, Rule, Run

LATEST = UUID(int=2**128 - 1)


async def rules_of(session: ReadSession) -> list[Rule]:
    return [Rule.model_validate(dict(row)) for row in await session.fetch(queries.RULES)]


async def runs_before(session: ReadSession, before: UUID | None, limit: int) -> list[Run]:
    return [Run.model_validate(dict(row)) for row in await session.fetch(queries.RUNS, before or LATEST, limit)]


async def set_rule(session: WriteSession, name: str, wanted: NewRule) -> Rule:
    """Raises Conflict for a day that has its rule already: what held is never rewritten."""
    if await session.get(RetentionRule, (name, wanted.valid_from)) is not None:
        raise Conflict(
            "rule_exists",
            "มีเกณฑ์ที่เริ่มใช้วันนั้นแล้ว โปรดใช้วันอื่น",
            "A rule holds from that very day already. Choose another day.",
        )
    rule = RetentionRule(name=name, **wanted.model_dump())
    session.add(rule)
    return Rule.model_validate(rule.model_dump())
