"""Every metric of every process, by name, in one place. A registry per process (and per app in tests): no globals."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Labels take few values: route templates, event types, topics; never an id."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry(auto_describe=False)
        self.http_seconds = Histogram(
            "zd_http_request_seconds",
            "Requests by route template: their number and how long they took",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.events_sent = Counter("zd_events_sent", "Events acknowledged by the broker", registry=registry)
        self.events_handled = Counter(
            "zd_events_handled", "Events whose effects are committed", ["type"], registry=registry
        )
        self.events_passed_over = Counter(
            "zd_events_passed_over",
            "Events without effect: unknown type, resent, refused",
            ["reason"],
            registry=registry,
        )
        self.events_parked = Counter("zd_events_parked", "Events set aside after an error", ["type"], registry=registry)
        self.consumer_lag = Gauge(
            "zd_consumer_lag_events", "Records after our position", ["topic", "partition"], registry=registry
        )
        self.job_steps = Counter(
            "zd_job_steps",
            "Calls of job steps by outcome: again, done, failed, lost",
            ["kind", "step", "outcome"],
            registry=registry,
        )
        self.database_up = Gauge("zd_database_up", "1 if the last scrape could read the database", registry=registry)
        self.outbox_depth = Gauge("zd_outbox_depth_events", "Events that the broker has not yet", registry=registry)
        self.outbox_age = Gauge("zd_outbox_age_seconds", "Age of the oldest such event", registry=registry)
        self.parked_keys = Gauge("zd_parked_keys", "Keys whose events wait behind a parked one", registry=registry)
        self.jobs = Gauge("zd_jobs", "Jobs by state", ["state"], registry=registry)
