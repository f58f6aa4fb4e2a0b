import sys

from zd_kernel.cli import main
from zd_kernel.service import ServiceSpec, every_table, later, migrations_folder
from zd_notify.db import NotifyTable
from zd_notify.settings import NotifySettings

SPEC = ServiceSpec(
    name="notify",
    settings_class=NotifySettings,
    create_app=later("zd_notify.main:create_app"),
    handlers=later("zd_notify.bus:handlers"),
    jobs=later("zd_notify.jobs:jobs"),
    metadata=every_table(NotifyTable.metadata, "zd_notify"),
    migrations=migrations_folder(__file__),
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
