"""The table of jobs. What only jobs need (the areas of Thailand, subprocesses) is imported from here."""

from functools import partial

from zd_kernel.jobs.table import Job, JobTable, Step
from zd_kernel.keyring import KeyRing
from zd_registry.achievement.sheet_kinds import BEHAVIOUR, GRADES
from zd_registry.attendance.closing import close_months
from zd_registry.attendance.recounting import recount
from zd_registry.attendance.register_sheets import DAYS, MONTH
from zd_registry.backtests.actions import FITTING, REPLAYING
from zd_registry.backtests.replaying import learn, replay
from zd_registry.breaker.actions import weigh_feeds
from zd_registry.circumstances.sheet_kinds import TRAVEL
from zd_registry.duplicates.finding import Finding
from zd_registry.duplicates.merging import merge_children
from zd_registry.duplicates.undoing import unmerge_children
from zd_registry.editions.publishing import EDITIONS, publish_step
from zd_registry.editions.subjects import Subject
from zd_registry.effects.measuring import keep_pupils
from zd_registry.erasure.forgetting import end_exports_of_person, forget_in_uploads, forget_person
from zd_registry.exports import filling
from zd_registry.facilities.publishing import ENTRY_AGES
from zd_registry.indicators.counting import keep_figures
from zd_registry.indicators.publishing import publish_province
from zd_registry.intake import applying_undo, staging
from zd_registry.intake.applying import close_list
from zd_registry.intake.comparing import compare
from zd_registry.intake.lanes import apply_file
from zd_registry.intake.rows import warm_up
from zd_registry.intake.sealing import seal_refused
from zd_registry.intake.turns import await_turn, giving_way
from zd_registry.linkage.actions import SETTLING
from zd_registry.linkage.linking import Linkage
from zd_registry.oneroster.collecting import collect
from zd_registry.oneroster.taking import take_back_classes, take_classes
from zd_registry.oneroster.writing import write_package
from zd_registry.organisations.rules import CALENDAR_CHANGED
from zd_registry.policies.actions import ATTENDANCE_POLICY_CHANGED
from zd_registry.privacy.following import follow_correction
from zd_registry.privacy.rotating import rotate
from zd_registry.reconciliation.actions import finish_run
from zd_registry.reconciliation.judging import judge_pages
from zd_registry.reconciliation.selecting import select_children
from zd_registry.retention.nightly import retain
from zd_registry.risk.actions import REASSESSING
from zd_registry.risk.assessing import assess_marked, mark_everybody, mark_listed
from zd_registry.risk_marks.actions import ASSESSING, follow_up
from zd_registry.screening.growth_sheet import GROWTH
from zd_registry.screening.publishing import SCREENING
from zd_registry.search.indexing import collect_names, index_names
from zd_registry.settings import RegistrySettings
from zd_registry.sheets.kinds import SheetKind, by_name
from zd_registry.sheets.taking import Taking
from zd_registry.targets.publishing import keep_targets, publish_targets
from zd_registry.transitions.publishing import TRANSITIONS
from zd_registry.transitions.sheet_kinds import INCOMING, NEXT_PLACES

SHEETS: tuple[SheetKind, ...] = (DAYS, MONTH, GROWTH, GRADES, BEHAVIOUR, TRAVEL, NEXT_PLACES, INCOMING)
"""The kinds of sheet that schools hand in; the API takes the same."""

SUBJECTS: tuple[Subject, ...] = (SCREENING, TRANSITIONS, ENTRY_AGES)
"""What is published once its period is over."""


def jobs(settings: RegistrySettings) -> JobTable:
    reassessing = Step("reassess", follow_up)
    finding, linkage, keyring = Finding(), Linkage(settings), KeyRing.from_settings(settings)
    closing = Step("close", linkage.close)
    return JobTable(
        [
            *_of_imports(settings, reassessing),
            Job(
                "reconciliation",
                [
                    Step("weigh", weigh_feeds),
                    Step("select", partial(select_children, settings=settings)),
                    Step("judge", partial(judge_pages, settings=settings)),
                    Step("figures", keep_figures),
                    Step("tally", finish_run),
                    Step("publish", publish_province),
                    Step("targets", keep_targets),
                    Step("pupils", keep_pupils),
                    Step("publish_targets", publish_targets),
                    reassessing,
                ],
            ),
            *_of_schools(settings, reassessing),
            Job("linkage", [closing, Step("find", linkage.find), Step("apply", linkage.apply), reassessing]),
            Job(SETTLING, [closing, Step("apply", linkage.apply), reassessing]),
            Job("names", [Step("collect", giving_way(collect_names)), Step("index", giving_way(index_names))]),
            Job("correction", [Step("follow", partial(follow_correction, settings=settings)), reassessing]),
            Job(
                "export",
                [
                    Step("expire", filling.expire),
                    Step("collect", partial(filling.collect_rows, settings=settings)),
                    Step("write", partial(filling.write, settings=settings)),
                ],
            ),
            Job(
                "roster_export",
                [
                    Step("expire", filling.expire),
                    Step("collect", partial(collect, settings=settings)),
                    Step("write", partial(filling.write, settings=settings, writer=write_package)),
                ],
            ),
            Job("duplicates", [Step("rewind", finding.rewind), Step("find", finding.find)]),
            Job("merge", [Step("merge", partial(merge_children, keyring=keyring)), reassessing]),
            Job("unmerge", [Step("unmerge", partial(unmerge_children, keyring=keyring)), reassessing]),
            Job("key_rotation", [Step("rotate", partial(rotate, settings=settings))]),
            Job("retention", [Step("retain", partial(retain, settings=settings))]),
            Job("erasure", _erasing(settings)),
            Job(EDITIONS, [publish_step(SUBJECTS, settings.served)]),
            *_of_risk(),
        ],
        nightly=["retention", "duplicates", "names", "attendance_months", EDITIONS, REASSESSING],
        warm_up=partial(warm_up, settings),
    )


def _of_risk() -> list[Job]:
    return [
        Job(REPLAYING, [Step("replay", replay)]),
        Job(FITTING, [Step("learn", learn)]),
        Job(ASSESSING, [Step("mark_listed", mark_listed), Step("assess", assess_marked)]),
        Job(REASSESSING, [Step("mark_everybody", mark_everybody), Step("assess", assess_marked)]),
    ]


def _erasing(settings: RegistrySettings) -> list[Step]:
    return [
        Step("empty_rows", partial(forget_person, settings=settings)),
        Step("end_exports", end_exports_of_person),
        Step("empty_uploads", partial(forget_in_uploads, settings=settings)),
    ]


def _of_schools(settings: RegistrySettings, reassessing: Step) -> list[Job]:
    """What schools hand in, and what follows from their calendars and months."""
    taking = Taking(settings, by_name(SHEETS))
    return [
        Job("sheet", [Step("read", taking.read), Step("apply", taking.apply), reassessing]),
        Job(CALENDAR_CHANGED, [Step("recount", recount)]),
        Job(ATTENDANCE_POLICY_CHANGED, [Step("recount", recount)]),
        Job("attendance_months", [Step("close", close_months)]),
    ]


def _of_imports(settings: RegistrySettings, reassessing: Step) -> list[Job]:
    checking, applying = _checking(settings), _applying(settings)
    return [
        Job("import", [*checking, *applying, reassessing], failed=applying_undo.name_taken),
        Job("import_check", [*checking, applying[-1]]),
        Job("import_apply", [*applying, reassessing], failed=applying_undo.name_taken),
        Job(
            "import_withdraw",
            [
                Step("take_back_lists", applying_undo.take_back_lists),
                Step("restore_lists", applying_undo.restore_lists),
                Step("restore_children", applying_undo.restore_children),
                Step("unregister", applying_undo.unregister),
                Step("take_back_classes", take_back_classes),
                Step("forget_rows", applying_undo.forget_rows),
                reassessing,
            ],
            failed=applying_undo.name_taken,
        ),
    ]


def _checking(settings: RegistrySettings) -> list[Step]:
    """A file up to its checked rows."""
    return [
        Step("convert", staging.unless_given_up(partial(staging.convert, settings=settings))),
        Step("recognise", staging.unless_given_up(partial(staging.recognise, settings=settings))),
        Step("stage", staging.unless_given_up(partial(staging.stage, settings=settings))),
        Step("refuse_repeated", staging.unless_given_up(staging.refuse_repeated)),
        Step("compare", staging.unless_given_up(partial(compare, keyring=KeyRing.from_settings(settings)))),
        Step("conclude", staging.unless_given_up(staging.conclude)),
    ]


def _applying(settings: RegistrySettings) -> list[Step]:
    """From checked rows to what they change; the cells of refused rows last."""
    return [
        Step("turn", staging.unless_given_up(partial(await_turn, settings=settings))),
        Step("apply", staging.unless_given_up(partial(apply_file, settings=settings))),
        Step("close", staging.unless_given_up(close_list)),
        Step("classes", staging.unless_given_up(partial(take_classes, settings=settings))),
        Step("seal", partial(seal_refused, settings=settings)),
    ]
