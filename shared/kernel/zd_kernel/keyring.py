"""Keys with ids: authenticated encryption of single values, and keyed hashes to look them up by.

Two rings of master keys come from the settings: `field` (AES-256-GCM) and `index` (HMAC-SHA256). Each purpose works
with a key derived from them (HKDF-SHA256, RFC 5869), so a value sealed for one purpose means nothing to another.
"""

import binascii
import os
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, field_validator, model_validator

from zd_kernel.problems import LoudStop
from zd_kernel.settings import ServiceSettings

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
# A hash is cut to 132 bits: RFC 2104, section 5, allows half of its 256 and more. That two of twelve million values
# share one has a probability of 1e-26, and whatever keeps and indexes it is a third as long.
_BLIND_LENGTH: Final = 22
# A hash and a byte between it and the next are 33 bytes: as base64 each begins at a character of its own.
_BETWEEN: Final = b"\0"
_HASH_LENGTH: Final = 44
# More at once leave the processor's cache before the next thing is done to them.
_AT_ONCE: Final = 4096
KeyId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]


class UnknownKey(LookupError):
    """The value names a key that is not in the ring; str() is the key's id."""


class Sealed(ValueError):
    """The value cannot be opened: changed, cut, or made for another purpose or another row."""


class Ring(BaseModel):
    """Master keys by id. New values use `current`; the others still open what they sealed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    current: KeyId
    keys: dict[KeyId, bytes]

    @field_validator("keys", mode="before")
    @classmethod
    def _decode(cls, given: dict[str, str]) -> dict[str, bytes]:
        keys = {key_id: b64decode(text, validate=True) for key_id, text in given.items()}
        if any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        return keys

    @model_validator(mode="after")
    def _current_exists(self) -> "Ring":
        if self.current not in self.keys:
            raise ValueError("the current key is not among the keys")
        return self

    def __repr__(self) -> str:
        return f"Ring(current={self.current!r})"

    __str__ = __repr__


class _Rings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    field: Ring
    index: Ring


class KeyRing:
    """Encrypts, decrypts and hashes for named purposes. Its repr shows no key."""

    def __init__(self, field: Ring, index: Ring) -> None:
        self._field = field
        self._index = index
        self._ciphers: dict[tuple[str, str], AESGCM] = {}
        self._hashes: dict[tuple[str, str], HMAC] = {}

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "KeyRing":
        """Raises LoudStop without repeating anything of the setting."""
        try:
            rings = _Rings.model_validate_json(settings.keyring.get_secret_value())
        except (ValidationError, binascii.Error):
            raise LoudStop(
                f"The setting `keyring` of {settings.service} must be"
                ' {"field": {"current": id, "keys": {id: base64 of 32 bytes}}, "index": {…}}; correct it.'
            ) from None
        return cls(rings.field, rings.index)

    def encrypt(self, purpose: str, text: str, aad: str) -> str:
        """`<key id>.<base64url of nonce and ciphertext>`. `aad` binds it to its place, such as the row's id."""
        nonce = os.urandom(_NONCE_BYTES)
        key_id = self._field.current
        sealed = nonce + self._cipher(key_id, purpose).encrypt(nonce, text.encode(), aad.encode())
        return f"{key_id}.{urlsafe_b64encode(sealed).rstrip(b'=').decode()}"

    def encrypt_many(self, purpose: str, texts: Sequence[str], aads: Sequence[str]) -> list[str]:
        """As `encrypt`, of each text with the aad at its place: for columns of hundreds of thousands."""
        sealed: list[str] = []
        for part in _parts(len(texts)):
            sealed += self._encrypt_part(purpose, texts[part], aads[part])
        return sealed

    def _encrypt_part(self, purpose: str, texts: Sequence[str], aads: Sequence[str]) -> list[str]:
        prefix = f"{self._field.current}.".encode()
        seal = self._cipher(self._field.current, purpose).encrypt
        random = os.urandom(_NONCE_BYTES * len(texts))
        nonces = [random[start : start + _NONCE_BYTES] for start in range(0, len(random), _NONCE_BYTES)]
        sealed = map(seal, nonces, map(str.encode, texts), map(str.encode, aads))
        # Line after line: what comes after the cipher is done to all of them in one call.
        lines = [binascii.b2a_base64(nonce + one) for nonce, one in zip(nonces, sealed, strict=True)]
        return prefix.join([b"", *lines]).translate(_URL_SAFE, b"=").decode().splitlines()

    def decrypt(self, purpose: str, sealed: str, aad: str) -> str:
        """Raises UnknownKey, and Sealed where anything differs from what was encrypted."""
        key_id, _, text = sealed.partition(".")
        cipher = self._cipher(key_id, purpose)
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], aad.encode()).decode()
        except (InvalidTag, ValueError) as exc:
            raise Sealed(f"sealed by {key_id} for something else than {purpose}") from exc

    def encrypt_bytes(self, purpose: str, data: bytes, aad: str) -> bytes:
        """As `encrypt`, for pieces of files: `<key id>.` and then nonce and ciphertext as they are."""
        nonce = os.urandom(_NONCE_BYTES)
        key_id = self._field.current
        return key_id.encode() + b"." + nonce + self._cipher(key_id, purpose).encrypt(nonce, data, aad.encode())

    def decrypt_bytes(self, purpose: str, sealed: bytes, aad: str) -> bytes:
        """Raises as `decrypt`."""
        name, _, raw = sealed.partition(b".")
        key_id = name.decode("ascii", "replace")
        cipher = self._cipher(key_id, purpose)
        try:
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], aad.encode())
        except (InvalidTag, ValueError) as exc:
            raise Sealed(f"sealed by {key_id} for something else than {purpose}") from exc

    def blind(self, purpose: str, value: str) -> str:
        """`<key id>.<22 characters>`: equal for equal values, so it can be looked up and joined by; useless without the
        key. The characters are the first of the HMAC in base64url.
        """
        return self._blind(self._index.current, purpose, [value])[0]

    def blind_many(self, purpose: str, values: Sequence[str]) -> list[str]:
        """As `blind`, of each value: for columns of hundreds of thousands."""
        blinded: list[str] = []
        for part in _parts(len(values)):
            blinded += self._blind(self._index.current, purpose, values[part])
        return blinded

    def blind_all(self, purpose: str, value: str) -> list[str]:
        """Under every key of the ring, the current first: what to look up while rows are being rehashed."""
        others = [key_id for key_id in self._index.keys if key_id != self._index.current]
        return [self._blind(key_id, purpose, [value])[0] for key_id in (self._index.current, *others)]

    def keyed_hash(self, purpose: str, value: str) -> bytes:
        """The whole HMAC that `blind` tells the beginning of, 32 bytes: a key for another hash."""
        return self._digests(self._index.current, purpose, [value])[0]

    @property
    def rotating(self) -> bool:
        """Whether values may have been hashed under another key than the current one."""
        return len(self._index.keys) > 1

    @property
    def current_keys(self) -> tuple[str, str]:
        """Ids of the keys that new values get: for fields, for indexes."""
        return self._field.current, self._index.current

    def __repr__(self) -> str:
        return f"KeyRing(field={self._field!r}, index={self._index!r})"

    def _blind(self, key_id: str, purpose: str, values: Sequence[str]) -> list[str]:
        prefix = f"{key_id}."
        joined = _BETWEEN.join(self._digests(key_id, purpose, values))
        text = binascii.b2a_base64(joined, newline=False).translate(_URL_SAFE).decode()
        return [prefix + text[start : start + _BLIND_LENGTH] for start in range(0, len(text), _HASH_LENGTH)]

    def _digests(self, key_id: str, purpose: str, values: Sequence[str]) -> list[bytes]:
        begun = self._hash(key_id, purpose)
        digests = []
        for value in values:
            one = begun.copy()
            one.update(value.encode())
            digests.append(one.finalize())
        return digests

    def _hash(self, key_id: str, purpose: str) -> HMAC:
        """Begun with the key: a copy of it costs less than to begin anew."""
        begun = self._hashes.get((key_id, purpose))
        if begun is None:
            begun = self._hashes[key_id, purpose] = HMAC(_derive(self._index, key_id, f"index:{purpose}"), SHA256())
        return begun

    def _cipher(self, key_id: str, purpose: str) -> AESGCM:
        cipher = self._ciphers.get((key_id, purpose))
        if cipher is None:
            cipher = self._ciphers[key_id, purpose] = AESGCM(_derive(self._field, key_id, f"field:{purpose}"))
        return cipher


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + _AT_ONCE) for start in range(0, count, _AT_ONCE))


def _derive(ring: Ring, key_id: str, label: str) -> bytes:
    if key_id not in ring.keys:
        raise UnknownKey(key_id)
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"zd:{label}".encode()).derive(ring.keys[key_id])
