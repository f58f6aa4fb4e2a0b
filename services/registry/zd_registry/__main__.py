import sys

from zd_kernel.cli import main
from zd_kernel.service import ServiceSpec, migrations_folder
from zd_registry.bus import handlers
from zd_registry.db import RegistryTable
from zd_registry.jobs import jobs
from zd_registry.main import create_app
from zd_registry.settings import RegistrySettings

SPEC = ServiceSpec(
    name="registry",
    settings_class=RegistrySettings,
    create_app=create_app,
    handlers=handlers,
    jobs=jobs,
    metadata=RegistryTable.metadata,
    migrations=migrations_folder(__file__),
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
