"""A child of whom every table that can hold something holds something."""

from uuid import UUID

from tests.registry.builders import FAR_SCHOOL, PHONE, a_child, a_citizen_id, a_pupil
from tests.registry.conftest import Everything, Registry
from tests.registry.screening.builders import agree, do, due, health, screened
from zd_contracts.events.cases import PlacementStarted
from zd_kernel.ids import uuid7
from zd_kernel.keyring import KeyRing
from zd_registry.oneroster.remembering import call

OTHER = """
WITH f AS (SELECT id AS import_id, feed_id FROM file_import ORDER BY id LIMIT 1), record AS (
    INSERT INTO unlinked_record (id, area, import_id, row, feed_id, kind, given_name, family_name, given_key,
        family_key, given_lk82, family_lk82, given_udom83, family_udom83, birth_precision, sex, id_problem, state,
        child_id, created_at)
    SELECT uuidv7(), 52030200, f.import_id, 9000, f.feed_id, 'enrolment', 'สมมุติ1', 'ตัวอย่าง', 'สมมุติ1',
        'ตัวอย่าง', '', '', '', '', 'day', 'female', 'citizen_id_missing', 'linked', $1, now() FROM f
), g AS (
    INSERT INTO child_identifier (id, child_id, area, kind, value_encrypted, value_index, created_at)
    VALUES (uuidv7(), $1, 52030200, 'g_code', $2, $3, now())
), m AS (
    INSERT INTO merged_child (child_id, survivor_id, area) VALUES ('00000000-0000-7000-8000-000000000001', $1, 52030200)
), cm AS (
    INSERT INTO child_merge (id, area, survivor_id, merged_id, state, snapshot, reason, decided_by, decided_at)
    VALUES (uuidv7(), 52030200, $1, '00000000-0000-7000-8000-000000000001', 'merged', NULL, 'x', 'x', now())
), l AS (
    INSERT INTO learning_change (id, child_id, area, at, to_status, reason, evidence)
    VALUES (uuidv7(), $1, 52030200, now(), 'in_school', 'enrolled', '{}')
), o AS (
    INSERT INTO organisation (code, kind, name_th, area, position_from, position_to, next_position, version, changed_by,
        updated_at)
    VALUES ('52039999', 'school', 'โรงเรียน', 52030100, 5000, 5000, 5001, 1, 'x', now())
), sc AS (
    INSERT INTO school_class (id, organisation, term, code, title, kind, changed_by, updated_at)
    VALUES (uuidv7(), '52039999', '2567/1', 'ป.6/1', 'ป.6/1', 'homeroom', 'x', now()) RETURNING id
), cl AS (
    INSERT INTO class_member (id, class_id, child_id, area, organisation_position, begin_date, changed_by, updated_at)
    SELECT uuidv7(), id, $1, 52030200, 5000, '2024-05-16', 'x', now() FROM sc
), pc AS (
    INSERT INTO place_confirmation (id, child_id, area, year, organisation, organisation_position, grade, confirmed_by,
        holds, agency, said_by, said_at)
    VALUES (uuidv7(), $1, 52030200, 2568, '52030001', 100, 'M1', 'family', true, 'x', 'x', now())
), hv AS (
    INSERT INTO home_visit (visit_id, child_id, area, visited_date, outcome)
    VALUES (uuidv7(), $1, 52030200, '2024-06-01', 'met')
), it AS (
    INSERT INTO intention (id, child_id, area, year, will, told_by, agency, said_by, said_at)
    VALUES (uuidv7(), $1, 52030200, 2568, 'continue', 'child', 'x', 'x', now())
), e AS (
    INSERT INTO import_effect (import_id, kind, n, child_id, area, before)
    SELECT import_id, 'corrected', 9000, $1, 52030200, '{"given_name": "เดิม"}' FROM f
), tg AS (
    INSERT INTO term_grade (id, child_id, area, organisation, organisation_position, term, gpa_hundredths, graded_date,
        recorded_by, recorded_at)
    VALUES (uuidv7(), $1, 52030200, '52030001', 100, '2567/1', 310, '2024-10-11', 'x', now())
), bi AS (
    INSERT INTO behaviour_incident (id, child_id, area, organisation, organisation_position, kind, occurred_date,
        number, reported_date, recorded_by, recorded_at)
    VALUES (uuidv7(), $1, 52030200, '52030001', 100, 'truancy', '2024-07-01', 1, '2024-07-01', 'x', now())
), st AS (
    INSERT INTO school_travel (child_id, said_date, area, minutes, recorded_by, recorded_at)
    VALUES ($1, '2024-07-01', 52030200, 30, 'x', now())
), hs AS (
    INSERT INTO household_screening (screening_id, child_id, area, poverty_class, model_version, screened_date)
    VALUES (uuidv7(), $1, 52030200, 'poor', 'v1', '2024-07-01')
), cr AS (
    INSERT INTO child_risk (child_id, area, enrolment_id, organisation, organisation_position, term, grade, level,
        since_date, score, observed, model_version, assessed_at)
    VALUES ($1, 52030200, uuidv7(), '52030001', 100, '2567/1', 'P6', 'red', '2024-07-01', 900, '{}', 1, now())
), at AS (
    INSERT INTO attendance_term (child_id, term, organisation, organisation_position, area, first_day, due, late, leave,
        sick, absent, streak, streak_told, marks)
    VALUES ($1, '2567/1', '52030001', 100, 52030200, '2024-05-16', 2, 0, 0, 0, 2, 1, 0, 'a')
), ac AS (
    INSERT INTO attendance_correction (id, child_id, area, organisation, organisation_position, day, was, became,
        corrected_by, corrected_at)
    VALUES (uuidv7(), $1, 52030200, '52030001', 100, '2024-05-16', 'p', 'a', 'x', now())
), ae AS (
    INSERT INTO attendance_elsewhere (source_id, from_date, until_date, child_id, area, kind, unit, due, attended)
    VALUES (uuidv7(), '2024-05-16', '2024-05-31', $1, 52030200, 'placement', 'minute', 60, 30)
), rc AS (
    INSERT INTO risk_change (id, child_id, area, at, to_level, model_version, factors)
    VALUES (uuidv7(), $1, 52030200, now(), 'red', 1, '{grades}')
)
INSERT INTO reconciliation_finding (run_id, kind, area, child_id)
SELECT id, 'enrolled_twice', 52030200, $1 FROM reconciliation_run LIMIT 1 ON CONFLICT DO NOTHING
"""
CALLED = """
INSERT INTO roster_pupil (id, feed_id, source_index, source_encrypted, child_id, area, import_id,
    first_import_id)
SELECT $1, feed_id, $2, $3, $4, 52030200, id, id FROM file_import ORDER BY id LIMIT 1
"""
TABLES_OF_CHILDREN = """
SELECT table_name FROM information_schema.columns
WHERE table_schema = 'public' AND column_name = 'child_id' ORDER BY table_name
"""
G_CODE = "G999900000017"
MOTHER = "นางสมหญิง ตัวอย่าง"


async def tables_of_children(everything: Everything) -> list[str]:
    return [row["table_name"] for row in await everything.connection.fetch(TABLES_OF_CHILDREN)]


async def a_full_child(registry: Registry, everything: Everything) -> UUID:
    office = registry.caller(areas=["52"], organisations=["5203", FAR_SCHOOL])
    await office.take_in("population", [a_child(1), a_child(2)])
    await office.take_in("enrolment", [a_pupil(1), a_pupil(1, organisation=FAR_SCHOOL)])
    child_id = await office.child_id(1)
    path = f"/v1/children/{child_id}"
    await office.reconcile()
    await registry.hear(
        PlacementStarted(
            placement_id=uuid7(),
            case_id=uuid7(),
            child_id=child_id,
            tambon="520301",
            kind="training",
            started_date=registry.clock.now().date(),
        )
    )
    mother = {"name": MOTHER, "relation": "mother", "phone": PHONE, "citizen_id": a_citizen_id(900)}
    guardian = (await office.post(f"{path}/guardians", mother)).json()["id"]
    assert (
        await office.put(f"{path}/household", {"house_code": "52030000017", "address": "1 หมู่ 3"})
    ).status_code == 200
    await office.post(f"{path}/needs", {"kind": "health", "code": "asthma", "detail": "หอบหืด"})
    agreed = {"purpose": "line_messages", "given_by": "guardian", "guardian_id": guardian}
    assert (await office.post(f"{path}/consents", agreed)).status_code == 201
    right = {"reason": "ตามทะเบียนบ้าน", "area": "520302", "nickname": "เล็ก", "citizen_id": a_citizen_id(11)}
    corrected = await office.patch(path, right, if_match="*")
    assert corrected.status_code == 200, corrected.text
    await agree(registry, child_id)
    await screened(health(registry), child_id)
    (follow_up, *_) = await due(health(registry))
    assert (await do(health(registry), follow_up, note="อ่านด้วยกันทุกวัน")).status_code == 200
    keyring = KeyRing.from_settings(registry.settings)
    sealed = keyring.encrypt("other_id", G_CODE, str(child_id))
    await everything.connection.execute(OTHER, child_id, sealed, keyring.blind("other_id", G_CODE))
    index, called = call(keyring, "sis-1", child_id)
    await everything.connection.execute(CALLED, called.id, index, called.sealed, child_id)
    went = "INSERT INTO reconciliation_mark (child_id, area) SELECT id, area FROM child WHERE id = $1"
    await everything.connection.execute(went, child_id)
    await registry.work()
    return child_id
