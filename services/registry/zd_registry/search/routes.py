from zd_kernel.http.deps import HotReads, KitDep
from zd_kernel.http.routing import requires, router
from zd_registry.search import actions
from zd_registry.search.schemas import Search, SearchResult

routes = router("children")


@routes.post(
    "/children/search",
    response_model=SearchResult,
    summary="ค้นหาเด็ก · Look for a child",
    dependencies=[requires("registry:read")],
)
async def search_children(session: HotReads, kit: KitDep, wanted: Search) -> SearchResult:
    """Needs the scope `registry:read`. By name as it was heard or half remembered, by part of a name, in Thai or
    Latin letters, or by identifier. Only your areas and organisations are searched; what is shown is recorded in the
    access log of each child."""
    result = await actions.search(session, kit.keyring, wanted)
    session.audit_subjects(*(found.child.id for found in result.items))
    return result
