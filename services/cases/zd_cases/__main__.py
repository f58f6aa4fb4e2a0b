import sys

from zd_cases.db import CasesTable
from zd_cases.settings import CasesSettings
from zd_kernel.cli import main
from zd_kernel.service import ServiceSpec, every_table, later, migrations_folder

SPEC = ServiceSpec(
    name="cases",
    settings_class=CasesSettings,
    create_app=later("zd_cases.main:create_app"),
    handlers=later("zd_cases.bus:handlers"),
    jobs=later("zd_cases.jobs:jobs"),
    metadata=every_table(CasesTable.metadata, "zd_cases"),
    migrations=migrations_folder(__file__),
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
