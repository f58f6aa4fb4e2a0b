import sys

from zd_kernel.cli import main
from zd_kernel.service import ServiceSpec, every_table, later, migrations_folder
from zd_registry.db import RegistryTable
from zd_registry.settings import RegistrySettings

SPEC = ServiceSpec(
    name="registry",
    settings_class=RegistrySettings,
    create_app=later("zd_registry.main:create_app"),
    handlers=later("zd_registry.bus:handlers"),
    jobs=later("zd_registry.jobs:jobs"),
    metadata=every_table(RegistryTable.metadata, "zd_registry"),
    migrations=migrations_folder(__file__),
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
