from fastapi import FastAPI

from zd_kernel.clock import Clock
from zd_kernel.http.app import build_app
from zd_kernel.http.jobs import job_routes
from zd_kernel.service import migrations_folder
from zd_registry.achievement.routes import routes as achievement
from zd_registry.achievement.sheet_kinds import BEHAVIOUR, GRADES
from zd_registry.agencies.routes import routes as agencies
from zd_registry.areas.routes import routes as areas
from zd_registry.attendance.register_sheets import DAYS, MONTH
from zd_registry.attendance.routes import routes as attendance
from zd_registry.backtests.routes import routes as backtests
from zd_registry.breaker.routes import routes as breaker
from zd_registry.children.routes import routes as children
from zd_registry.circumstances.routes import routes as circumstances
from zd_registry.circumstances.sheet_kinds import TRAVEL
from zd_registry.classes.routes import routes as classes
from zd_registry.consents.routes import routes as consents
from zd_registry.duplicates.routes import routes as duplicates
from zd_registry.editions.routes import routes as editions
from zd_registry.effects.routes import routes as effects
from zd_registry.erasure.routes import routes as erasure
from zd_registry.evidence.routes import routes as evidence
from zd_registry.exports.routes import routes as exports
from zd_registry.facilities.routes import routes as facilities
from zd_registry.households.routes import routes as households
from zd_registry.imports.routes import routes as imports
from zd_registry.indicators.routes import routes as indicators
from zd_registry.instruments.routes import routes as instruments
from zd_registry.intake.routes import routes as intake
from zd_registry.linkage.routes import routes as linkage
from zd_registry.oneroster.routes import package_routes
from zd_registry.oneroster.routes import routes as oneroster
from zd_registry.organisations.queries import positions_source
from zd_registry.organisations.routes import routes as organisations
from zd_registry.outcomes.routes import routes as outcomes
from zd_registry.policies.routes import routes as policies
from zd_registry.privacy.routes import routes as privacy
from zd_registry.profiles.routes import routes as profiles
from zd_registry.reconciliation.routes import routes as reconciliation
from zd_registry.retention.routes import routes as retention
from zd_registry.risk.routes import routes as risk
from zd_registry.screening.growth_sheet import GROWTH
from zd_registry.screening.routes import routes as screening
from zd_registry.search.routes import routes as search
from zd_registry.settings import RegistrySettings
from zd_registry.sheets.kinds import SheetKind
from zd_registry.sheets.routes import sheet_routes
from zd_registry.standards.routes import routes as standards
from zd_registry.targets.routes import routes as targets
from zd_registry.transitions.routes import routes as transitions
from zd_registry.transitions.setting_routes import routes as transition_settings
from zd_registry.transitions.sheet_kinds import INCOMING, NEXT_PLACES

SHEETS: tuple[SheetKind, ...] = (DAYS, MONTH, GROWTH, GRADES, BEHAVIOUR, TRAVEL, NEXT_PLACES, INCOMING)
"""The kinds of sheet that schools hand in; the jobs take in the same."""


def create_app(settings: RegistrySettings, clock: Clock | None = None) -> FastAPI:
    return build_app(
        settings,
        [
            search,
            children,
            households,
            profiles,
            imports,
            intake,
            reconciliation,
            breaker,
            outcomes,
            evidence,
            policies,
            indicators,
            exports,
            erasure,
            privacy,
            consents,
            retention,
            instruments,
            screening,
            standards,
            facilities,
            areas,
            organisations,
            agencies,
            classes,
            oneroster,
            package_routes,
            linkage,
            duplicates,
            attendance,
            sheet_routes(SHEETS),
            achievement,
            circumstances,
            risk,
            transitions,
            transition_settings,
            editions,
            targets,
            effects,
            backtests,
            job_routes(),
        ],
        migrations=migrations_folder(__file__),
        title="Zero Dropout: registry",
        description="Who the children are, where they live, where they learn, and who is missing.",
        clock=clock,
        positions=positions_source,
    )
