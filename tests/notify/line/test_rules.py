import pytest
from hypothesis import given
from hypothesis import strategies as st

from zd_engines.line.webhooks import signature
from zd_notify.line.rules import Outcome, is_signed, outcome_of

ACCEPTED = Outcome("accepted")


@pytest.mark.parametrize(
    ("status", "message", "outcome"),
    [
        (200, "{}", ACCEPTED),
        (409, '{"message":"The retry key is already accepted"}', ACCEPTED),
        (429, "The API rate limit has been exceeded. Try again later.", Outcome("again", "line_rate_limited")),
        (429, "You have reached your monthly limit.", Outcome("refused", "line_monthly_limit")),
        (429, "", Outcome("again", "line_rate_limited")),
        (500, "", Outcome("again", "line_500")),
        (503, "", Outcome("again", "line_503")),
        (400, "", Outcome("refused", "line_400")),
        (401, "", Outcome("refused", "line_401")),
        (403, "", Outcome("refused", "line_403")),
        (410, "", Outcome("refused", "line_410")),
    ],
)
def test_only_what_may_be_repeated_is_repeated(status: int, message: str, outcome: Outcome) -> None:
    assert outcome_of(status, message) == outcome


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40))
def test_what_line_signed_is_known_and_what_it_did_not_is_not(body: bytes, secret: str) -> None:
    signed = signature(secret, body)

    assert is_signed(body, signed, secret)
    assert not is_signed(body + b" ", signed, secret)
    assert not is_signed(body, signed, secret + "x")


@pytest.mark.parametrize("given_signature", ["", "=", "ลายเซ็น", "\x00", "A" * 10_000])
def test_an_odd_signature_is_wrong_and_no_error(given_signature: str) -> None:
    assert not is_signed(b"{}", given_signature, "secret")
