import sys

from zd_kernel.cli import main
from zd_kernel.service import ServiceSpec, migrations_folder
from zd_notify.bus import handlers
from zd_notify.db import NotifyTable
from zd_notify.jobs import jobs
from zd_notify.main import create_app
from zd_notify.settings import NotifySettings

SPEC = ServiceSpec(
    name="notify",
    settings_class=NotifySettings,
    create_app=create_app,
    handlers=handlers,
    jobs=jobs,
    metadata=NotifyTable.metadata,
    migrations=migrations_folder(__file__),
)

if __name__ == "__main__":
    sys.exit(main(SPEC))
