"""The people of the suite's two tambons, with identifiers that a test can look for in every log."""

from dataclasses import dataclass

KO_KHA, NGAO = "520301", "520501"
TERM, NEXT_TERM = "2567/1", "2567/2"


def citizen_id(serial: int) -> str:
    """A number that passes the checksum; it starts with 0, as for people whose nationality is not settled."""
    digits = f"0{serial:011d}"
    return digits + str((11 - sum(int(d) * (13 - i) for i, d in enumerate(digits)) % 11) % 10)


@dataclass(frozen=True, slots=True)
class Person:
    serial: int
    given_name: str
    family_name: str
    birth_date: str
    sex: str
    area: str

    @property
    def citizen_id(self) -> str:
        return citizen_id(self.serial)

    @property
    def guardian_name(self) -> str:
        return f"ผู้ปกครองของ{self.given_name}"

    @property
    def guardian_phone(self) -> str:
        return f"08{self.serial % 10**8:08d}"

    def population_row(self) -> str:
        person = f"{self.citizen_id},{self.given_name},{self.family_name},{self.birth_date},{self.sex},{self.area}"
        return f"{person},{self.guardian_name},{self.guardian_phone}"

    def enrolment_row(self, organisation: str, grade: str) -> str:
        return f"{self.citizen_id},{self.given_name},{self.family_name},{self.birth_date},{organisation},{grade}"


# Never enrolled anywhere; comes back through a placement.
PLACED = Person(52_030_100_001, "กขคทดสอบหนึ่ง", "ฆงจสกุลหนึ่ง", "2014-03-09", "female", KO_KHA)
# Lives in the tambon that the other instance of cases serves; comes back through the next enrolment file.
ENROLLED_LATER = Person(52_050_100_002, "ฉชซทดสอบสอง", "ฌญฎสกุลสอง", "2555-07-21", "male", NGAO)
# In school all the time.
PUPIL = Person(52_030_100_003, "ฏฐฑทดสอบสาม", "ฒณดสกุลสาม", "2013-11-30", "male", KO_KHA)
# Older than the run asks for.
GROWN = Person(52_030_100_004, "ตถททดสอบสี่", "ธนบสกุลสี่", "2001-01-01", "female", KO_KHA)
EVERYBODY = (PLACED, ENROLLED_LATER, PUPIL, GROWN)

SCHOOL = "520301-1"
POPULATION = "citizen_id,given_name,family_name,birth_date,sex,area,guardian_name,guardian_phone\n"
ENROLMENT = "citizen_id,given_name,family_name,birth_date,organisation,grade\n"


def population_file() -> bytes:
    return (POPULATION + "\n".join(p.population_row() for p in EVERYBODY)).encode("utf-8-sig")


def enrolment_file(*people: Person) -> bytes:
    return (ENROLMENT + "\n".join(p.enrolment_row(SCHOOL, "p5") for p in people)).encode()


def personal_data() -> list[str]:
    """Everything of these people that no log may hold."""
    return [text for p in EVERYBODY for text in (p.citizen_id, p.given_name, p.family_name, p.guardian_phone)]
