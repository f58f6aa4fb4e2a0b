import sys

from zd_grants.bus import handlers
from zd_grants.db import GrantsTable
from zd_grants.jobs import jobs
from zd_grants.main import create_app
from zd_grants.settings import GrantsSettings
from zd_kernel.cli import main
from zd_kernel.service import ServiceSpec, migrations_folder

SPEC = ServiceSpec(
    name="grants",
    settings_class=GrantsSettings,
    create_app=create_app,
    handlers=handlers,
    jobs=jobs,
    metadata=GrantsTable.metadata,
    migrations=migrations_folder(__file__),
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
