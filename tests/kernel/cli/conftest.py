from tests.kernel.jobs.conftest import opened, service_spec, settings, start

__all__ = ["opened", "service_spec", "settings", "start"]
