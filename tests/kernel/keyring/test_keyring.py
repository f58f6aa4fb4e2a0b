import base64
import hmac
import json
import logging

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from tests.kernel.sample import SampleSettings
from zd_kernel.keyring import KeyRing, Ring, Sealed, UnknownKey
from zd_kernel.problems import LoudStop

OLD, NEW, OTHER = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))

GOOD = {"current": "k1", "keys": {"k1": OLD}}


def ring(current: str, **keys: str) -> Ring:
    return Ring.model_validate({"current": current, "keys": keys})


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing(field=ring("k1", k1=OLD), index=ring("k1", k1=OLD))


@pytest.fixture
def rotated() -> KeyRing:
    return KeyRing(field=ring("k2", k1=OLD, k2=NEW), index=ring("k2", k1=OLD, k2=NEW))


def settings(keyring: str) -> SampleSettings:
    return SampleSettings.model_construct(keyring=SecretStr(keyring))


def test_what_is_sealed_opens_for_the_same_purpose_and_place(keys: KeyRing) -> None:
    sealed = keys.encrypt("citizen_id", "ความลับ", "row 1")
    assert sealed.startswith("k1.")
    assert "ความลับ" not in sealed
    assert keys.decrypt("citizen_id", sealed, "row 1") == "ความลับ"


def test_the_same_value_is_never_sealed_the_same_way_twice(keys: KeyRing) -> None:
    assert keys.encrypt("citizen_id", "x", "row 1") != keys.encrypt("citizen_id", "x", "row 1")


@pytest.mark.parametrize(("purpose", "place"), [("citizen_id", "row 2"), ("phone", "row 1")])
def test_a_sealed_value_opens_nowhere_else(keys: KeyRing, purpose: str, place: str) -> None:
    sealed = keys.encrypt("citizen_id", "x", "row 1")
    with pytest.raises(Sealed):
        keys.decrypt(purpose, sealed, place)


@pytest.mark.parametrize("spoil", [lambda s: s[:-2], lambda s: s[:-4] + "AAAA", lambda _: "k1.", lambda _: "k1.!"])
def test_a_changed_or_cut_value_does_not_open(keys: KeyRing, spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(Sealed):
        keys.decrypt("citizen_id", spoil(keys.encrypt("citizen_id", "a longer value", "row 1")), "row 1")


def test_after_rotation_old_values_open_and_new_ones_use_the_new_key(keys: KeyRing, rotated: KeyRing) -> None:
    assert rotated.decrypt("citizen_id", keys.encrypt("citizen_id", "x", "row 1"), "row 1") == "x"
    assert rotated.encrypt("citizen_id", "x", "row 1").startswith("k2.")


def test_a_key_that_left_the_ring_is_named(keys: KeyRing, rotated: KeyRing) -> None:
    with pytest.raises(UnknownKey, match="k2"):
        keys.decrypt("citizen_id", rotated.encrypt("citizen_id", "x", "row 1"), "row 1")


def test_blind_values_are_equal_for_equal_values_of_one_purpose_only(keys: KeyRing) -> None:
    assert keys.blind("citizen_id", "x") == keys.blind("citizen_id", "x")
    assert keys.blind("citizen_id", "x") != keys.blind("citizen_id", "y")
    assert keys.blind("citizen_id", "x") != keys.blind("phone", "x")


def test_during_rotation_a_value_is_found_under_either_key(keys: KeyRing, rotated: KeyRing) -> None:
    stored_before, stored_now = keys.blind("citizen_id", "x"), rotated.blind("citizen_id", "x")
    assert rotated.blind_all("citizen_id", "x") == [stored_now, stored_before]


def test_no_key_shows_in_a_repr_or_in_a_log(rotated: KeyRing, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%r %s %r", rotated, rotated, ring("k1", k1=OLD))
    for secret in (OLD, NEW, repr(base64.b64decode(OLD))[2:10]):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "broken",
    [
        "not json",
        "{}",
        json.dumps({"field": {"current": "k9", "keys": {"k1": OLD}}, "index": {"current": "k1", "keys": {"k1": OLD}}}),
        json.dumps(
            {"field": {"current": "k1", "keys": {"k1": "c2hvcnQ="}}, "index": {"current": "k1", "keys": {"k1": OLD}}}
        ),
        json.dumps({"field": {"current": "k1", "keys": {"k1": "%%"}}, "index": {"current": "k1", "keys": {"k1": OLD}}}),
    ],
)
def test_a_broken_setting_stops_the_process_and_repeats_no_key(broken: str) -> None:
    with pytest.raises(LoudStop) as stopped:
        KeyRing.from_settings(settings(broken))
    assert "keyring" in str(stopped.value)
    assert OLD not in str(stopped.value)
    assert stopped.value.__suppress_context__


def test_sealed_bytes_open_at_their_place_under_their_key_alone(keys: KeyRing, rotated: KeyRing) -> None:
    sealed = keys.encrypt_bytes("import", b"\x00.\xff", "1/0")
    assert keys.decrypt_bytes("import", sealed, "1/0") == rotated.decrypt_bytes("import", sealed, "1/0") == b"\x00.\xff"
    for purpose, aad, spoiled in (("other", "1/0", sealed), ("import", "1/1", sealed), ("import", "1/0", sealed[:-1])):
        with pytest.raises(Sealed):
            keys.decrypt_bytes(purpose, spoiled, aad)


def test_many_values_are_sealed_and_hashed_as_each_alone(rotated: KeyRing) -> None:
    texts = ["", "ก", *("1" * length for length in range(1, 20))]
    sealed = rotated.encrypt_many("citizen_id", texts, [f"row {n}" for n, _ in enumerate(texts)])
    assert [rotated.decrypt("citizen_id", one, f"row {n}") for n, one in enumerate(sealed)] == texts
    assert len(set(sealed)) == len(sealed)
    assert [len(one) for one in sealed] == [len(rotated.encrypt("citizen_id", text, "")) for text in texts]
    assert rotated.blind_many("citizen_id", texts) == [rotated.blind("citizen_id", text) for text in texts]
    assert rotated.encrypt_many("citizen_id", [], []) == rotated.blind_many("citizen_id", []) == []


def test_no_value_is_lost_or_displaced_where_columns_are_longer_than_what_is_done_at_once(keys: KeyRing) -> None:
    texts = [str(number) for number in range(9_000)]
    assert keys.blind_many("citizen_id", texts)[::1_000] == [keys.blind("citizen_id", one) for one in texts[::1_000]]
    opened = [keys.decrypt("citizen_id", one, "row") for one in keys.encrypt_many("citizen_id", texts, ["row"] * 9_000)]
    assert opened == texts


def test_a_blind_value_is_an_hmac_of_the_key_of_its_purpose(keys: KeyRing) -> None:
    key = HKDF(SHA256(), 32, salt=None, info=b"zd:index:phone").derive(base64.b64decode(OLD))
    known = hmac.digest(key, b"x", "sha256")
    assert keys.keyed_hash("phone", "x") == known
    assert keys.blind("phone", "x") == f"k1.{base64.urlsafe_b64encode(known).decode()[:22]}"
    assert keys.blind("phone", "x") == "k1.-tLUcnHqA373R6BKJdI2d5"
