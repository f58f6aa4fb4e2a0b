import sys

from zd_cases.bus import handlers
from zd_cases.db import CasesTable
from zd_cases.jobs import jobs
from zd_cases.main import create_app
from zd_cases.settings import CasesSettings
from zd_kernel.cli import main
from zd_kernel.service import ServiceSpec, migrations_folder

SPEC = ServiceSpec(
    name="cases",
    settings_class=CasesSettings,
    create_app=create_app,
    handlers=handlers,
    jobs=jobs,
    metadata=CasesTable.metadata,
    migrations=migrations_folder(__file__),
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
