"""The work that goes on after an answer: pushes to LINE. Nothing else imports the SDK, which is heavy."""

from functools import partial

from zd_kernel.jobs.table import Job, JobTable, Step
from zd_kernel.keyring import KeyRing
from zd_notify.line.client import LineChannel
from zd_notify.messages.actions import SEND_MESSAGE, begin_sending, send
from zd_notify.settings import NotifySettings


def jobs(settings: NotifySettings) -> JobTable:
    channel = LineChannel(
        settings.line_base_url, settings.line_access_token.get_secret_value(), settings.line_timeout_s
    )
    push = partial(send, push=channel.push, keyring=KeyRing.from_settings(settings))
    return JobTable([Job(SEND_MESSAGE, [Step("begin", begin_sending), Step("send", push)])], closing=channel.close)
