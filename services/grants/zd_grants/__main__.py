import sys

from zd_grants.db import GrantsTable
from zd_grants.settings import GrantsSettings
from zd_kernel.cli import main
from zd_kernel.service import ServiceSpec, every_table, later, migrations_folder

SPEC = ServiceSpec(
    name="grants",
    settings_class=GrantsSettings,
    create_app=later("zd_grants.main:create_app"),
    handlers=later("zd_grants.bus:handlers"),
    jobs=later("zd_grants.jobs:jobs"),
    metadata=every_table(GrantsTable.metadata, "zd_grants"),
    migrations=migrations_folder(__file__),
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
