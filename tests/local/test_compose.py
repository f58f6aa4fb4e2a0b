"""Nothing in `docker-compose.yml` names what does not exist in the code, and every setting in it is accepted."""

from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from starlette.routing import Route

from tests.local.compose import CONTAINERS, SERVICE_CONTAINERS, SPECS, default_of_variables, environment, settings
from zd_engines import __main__ as engines_command
from zd_engines.line.__main__ import LineSettings
from zd_engines.line.app import create_line
from zd_engines.line.channel import Channel
from zd_engines.roles import Passwords, addresses
from zd_kernel import cli
from zd_kernel.observe.health import Health
from zd_local.environment import INSTANCES
from zd_local.issuer.app import IssuerSettings, create_app
from zd_local.issuer.clients import load_clients
from zd_local.layout import ISSUER_PORT, LINE_PORT, ROOT, SERVICES, port


@pytest.mark.parametrize("container", SERVICE_CONTAINERS)
def test_every_variable_of_a_service_is_one_of_its_settings(container: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = SPECS[container.partition("-")[0]]
    prefix = spec.settings_class.model_config["env_prefix"]
    names = {name.removeprefix(prefix).lower() for name in environment(container)}
    assert all(name.startswith(prefix) for name in environment(container))
    assert names <= set(spec.settings_class.model_fields)
    assert settings(container, monkeypatch).instance == INSTANCES[spec.name].name


@pytest.mark.parametrize("container", SERVICE_CONTAINERS)
def test_only_the_migration_knows_the_migrators_password(container: str) -> None:
    service, _, command = container.partition("-")
    assert (f"ZD_{service.upper()}_MIGRATOR_URL" in environment(container)) == (command == "migrate")


@pytest.mark.parametrize("container", SERVICE_CONTAINERS)
def test_the_command_of_a_container_is_one_of_the_services(container: str) -> None:
    service, _, command = container.partition("-")
    assert CONTAINERS[container]["command"] == [command]
    assert cli._parser(service).parse_args([command]).command == command


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_a_database_roles_and_passwords_of_its_own(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision = environment("provision")
    assert f"zd_{service}" in CONTAINERS["provision"]["command"]
    passwords = Passwords(*(provision[f"ZD_{service.upper()}_{role}_PASSWORD"] for role in ("MIGRATOR", "APP")))
    made = addresses(provision["ZD_ADMIN_URL"], f"zd_{service}", passwords)
    used = settings(f"{service}-migrate", monkeypatch)
    assert used.migrator_url is not None
    assert (used.database_url.get_secret_value(), used.migrator_url.get_secret_value()) == (
        made.app_url,
        made.migrator_url,
    )


def test_no_two_variables_share_a_default_and_every_variable_has_one_default() -> None:
    defaults = default_of_variables()
    assert all(len(values) == 1 for values in defaults.values())
    assert len({next(iter(values)) for values in defaults.values()}) == len(defaults)


@pytest.mark.parametrize("container", [*SERVICE_CONTAINERS, "topics"])
def test_kafka_is_asked_where_it_says_that_it_is(container: str) -> None:
    asked = {value for name, value in environment(container).items() if name.endswith("_KAFKA_BOOTSTRAP")}
    listeners = environment("kafka")["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert asked == {listener.partition("://")[2] for listener in listeners} == {"kafka:9092"}


@pytest.mark.parametrize("container", ["provision", "topics"])
def test_a_command_that_prepares_an_engine_reads_every_variable_it_is_given(
    container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[str] = set()

    def setting(name: str) -> str:
        read.add(name)
        return environment(container)[name]

    async def prepared(*_: object, **__: object) -> Any:
        return set() if container == "topics" else addresses("postgresql://a@b/c", "zd_any", Passwords("m", "a"))

    monkeypatch.setattr(engines_command, "_setting", setting)
    for name in ("provision", "create_topics"):
        monkeypatch.setattr(engines_command, name, prepared)
    engines_command.main(CONTAINERS[container]["command"][1:])
    assert read == set(environment(container))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_follows_topics_that_are_created_and_sources_that_speak_in_them(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {s.topic: s.source_uri for s in (settings(f"{name}-bus", monkeypatch) for name in SERVICES)}
    created = engines_command._parser().parse_args(CONTAINERS["topics"]["command"][1:]).topics
    assert set(created) == set(sources)
    for subscription in settings(f"{service}-bus", monkeypatch).subscriptions:
        assert subscription.source == sources[subscription.topic]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_trusts_the_issuer_and_is_known_to_it(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    used, issuer = settings(f"{service}-api", monkeypatch), issuer_settings(monkeypatch)
    assert (used.issuer, used.audience, used.token_url) == (issuer.url, issuer.audience, f"{issuer.url}/token")
    assert urlsplit(used.jwks_url)[1:3] == (f"issuer:{issuer.port}", "/jwks.json")
    assert issuer.secrets[used.client_id].get_secret_value() == used.client_secret.get_secret_value()


def issuer_settings(monkeypatch: pytest.MonkeyPatch) -> IssuerSettings:
    for name, value in environment("issuer").items():
        assert name.removeprefix("ZD_ISSUER_").lower() in IssuerSettings.model_fields
        monkeypatch.setenv(name, value)
    return IssuerSettings()


def test_the_issuer_has_a_secret_for_each_client_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(issuer_settings(monkeypatch).secrets) == set(load_clients())


def test_notify_and_the_stand_in_for_line_share_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment("line").items():
        assert name.removeprefix("ZD_LINE_").lower() in LineSettings.model_fields
        monkeypatch.setenv(name, value)
    line, notify = LineSettings(), environment("notify-jobs")
    assert notify["ZD_NOTIFY_LINE_BASE_URL"] == f"http://line:{line.port}"
    assert notify["ZD_NOTIFY_LINE_ACCESS_TOKEN"] == line.access_token.get_secret_value()
    assert notify["ZD_NOTIFY_LINE_CHANNEL_SECRET"] == line.channel_secret.get_secret_value()


PUBLISHED = {"issuer": ISSUER_PORT, "line": LINE_PORT} | {
    f"{service}-api": port(service, "api") for service in SERVICES
}


def test_the_same_ports_are_published_as_make_up_uses_and_to_this_machine_only() -> None:
    published = {name: c["ports"] for name, c in CONTAINERS.items() if "ports" in c}
    assert published == {name: [f"127.0.0.1:{number}:{inner(name)}"] for name, number in PUBLISHED.items()}


def inner(container: str) -> int:
    """The port that the process in the container listens on, by its own settings."""
    service, _, process = container.partition("-")
    name = f"ZD_{service.upper()}_{'OPS_PORT' if process in ('bus', 'jobs') else 'PORT'}"
    return int(environment(container)[name])


@pytest.mark.parametrize("container", [name for name, c in CONTAINERS.items() if "python" in str(c.get("healthcheck"))])
def test_a_health_check_asks_for_a_path_that_the_process_answers(
    container: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    check = CONTAINERS[container]["healthcheck"]["test"][-1]
    compile(check, "health check", "exec")
    address = urlsplit(check.partition("'")[2].partition("'")[0])
    assert address.port == inner(container)
    keys = tmp_path_factory.mktemp("issuer") / "keys.json"
    assert address.path in answered_paths(container, monkeypatch, keys)


def answered_paths(container: str, monkeypatch: pytest.MonkeyPatch, keys: Any) -> set[str]:
    if container == "issuer":
        return paths(create_app(issuer_settings(monkeypatch).model_copy(update={"keys_file": keys})))
    if container == "line":
        return paths(cast(FastAPI, create_line(Channel("token", "secret"))))
    if container.endswith("-api"):
        return paths(SPECS[container.partition("-")[0]].create_app(settings(container, monkeypatch)))
    return {route.path for route in Health(cast(Any, None), cast(Any, None), broker="", behind=bool).routes()}


def paths(app: FastAPI) -> set[str]:
    return {route.path for route in app.routes if isinstance(route, Route)}


def test_what_a_container_waits_for_exists_and_can_come_true() -> None:
    for container in CONTAINERS.values():
        for name, awaited in container.get("depends_on", {}).items():
            match awaited["condition"]:
                case "service_healthy":
                    assert "healthcheck" in CONTAINERS[name]
                case "service_completed_successfully":
                    assert CONTAINERS[name]["restart"].startswith("on-failure")
                case other:
                    pytest.fail(f"unknown condition {other}")


def test_every_file_that_is_mounted_exists() -> None:
    mounts = [volume.split(":") for c in CONTAINERS.values() for volume in c.get("volumes", [])]
    for host, *_ in mounts:
        assert not host.startswith(".") or (ROOT / host).is_file()


def test_every_process_of_make_up_is_a_container_too() -> None:
    assert set(SERVICE_CONTAINERS) | {"postgres", "kafka", "issuer", "line", "provision", "topics"} == set(CONTAINERS)
