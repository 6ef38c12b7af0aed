"""The region's key in Azure Key Vault: RSA, wrapped and unwrapped with RSA-OAEP-256.

RSA-OAEP binds no context. So the vault wraps a seed, and the key is sealed under what follows from
the seed and the context together: a wrapped key that is moved elsewhere does not unwrap.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from azure.core.exceptions import AzureError, HttpResponseError
from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, KeyWrapAlgorithm
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from diagnostics.vault.providers.base import NoRegionKey, ProviderFault, Wrapped
from diagnostics.vault.sealing import CannotOpen
from diagnostics.vault.xaes import KEY_BYTES, NONCE_BYTES, Xaes256Gcm

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

PREFIX: Final = "azure:"
# The vault's address comes from the settings and never from a row: whoever could write there would
# otherwise be sent our token.
_BY: Final = re.compile(r"azure:([0-9A-Za-z-]{1,127})/([0-9a-f]{32})")
_RSA_OAEP_256: Final = KeyWrapAlgorithm.rsa_oaep_256
# A page waits for this, so it gives up soon; a 429 is tried again when the vault says so.
PATIENCE: Final[Mapping[str, Any]] = {
    "retry_total": 3,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 4,
    "connection_timeout": 5,
    "read_timeout": 10,
}


class AzureKeyVaultProvider:
    """One key of this name in the vault of each region; `options` go to the clients as they are."""

    def __init__(
        self,
        vaults: Mapping[str, str],
        key_name: str,
        credential: TokenCredential,
        **options: Any,
    ) -> None:
        self._vaults = vaults
        self._key_name = key_name
        self._credential = credential
        self._options = {**PATIENCE, **options}
        # Clients keep connections and public keys; they never see a tenant key.
        self._directories: dict[str, KeyClient] = {}
        self._unwrappers: dict[tuple[str, str, str], CryptographyClient] = {}

    def wrap(self, region: str, key: bytes, context: bytes) -> Wrapped:
        """Wrap under the newest version; a disabled one is a ProviderFault."""
        with _faults():
            newest = self._directory(region).get_key(self._key_name)
            if not newest.properties.enabled or not newest.properties.version:
                raise ProviderFault("The region's key is disabled in its vault.")
            seed = os.urandom(KEY_BYTES)
            client = CryptographyClient(newest, self._credential, **self._options)
            wrapped_seed = client.wrap_key(_RSA_OAEP_256, seed).encrypted_key
        nonce = os.urandom(NONCE_BYTES)
        sealed = _bound(seed, context).encrypt(nonce, key, context)
        blob = struct.pack(">H", len(wrapped_seed)) + wrapped_seed + nonce + sealed
        return Wrapped(blob, f"{PREFIX}{self._key_name}/{newest.properties.version}")

    def unwrap(self, region: str, by: str, blob: bytes, context: bytes) -> bytes:
        """The key again. CannotOpen for what the vault's key did not wrap; ProviderFault."""
        found = _BY.fullmatch(by)
        if found is None or len(blob) < 2:
            raise CannotOpen
        end = 2 + int(struct.unpack(">H", blob[:2])[0])
        wrapped_seed, nonce = blob[2:end], blob[end : end + NONCE_BYTES]
        client = self._unwrapper(region, found[1], found[2])
        with _faults():
            try:
                seed = client.unwrap_key(_RSA_OAEP_256, wrapped_seed).key
            except HttpResponseError as error:
                if error.status_code == 400:  # the vault's answer to what it did not wrap
                    raise CannotOpen from None
                raise
        try:
            return _bound(seed, context).decrypt(nonce, blob[end + NONCE_BYTES :], context)
        except (InvalidTag, ValueError):
            raise CannotOpen from None

    def rotate(self, region: str) -> str:
        """Have the vault make a new version; its name."""
        with _faults():
            made = self._directory(region).rotate_key(self._key_name)
        return f"{PREFIX}{self._key_name}/{made.properties.version}"

    def _vault(self, region: str) -> str:
        address = self._vaults.get(region, "")
        if not address:
            raise NoRegionKey(f"No vault for {region}: set VAULT_URL_{region.upper()}.")
        return address

    def _directory(self, region: str) -> KeyClient:
        if region not in self._directories:
            vault = self._vault(region)
            self._directories[region] = KeyClient(vault, self._credential, **self._options)
        return self._directories[region]

    def _unwrapper(self, region: str, name: str, version: str) -> CryptographyClient:
        which = (region, name, version)
        if which not in self._unwrappers:
            key_id = f"{self._vault(region).rstrip('/')}/keys/{name}/{version}"
            client = CryptographyClient(key_id, self._credential, **self._options)
            self._unwrappers[which] = client
        return self._unwrappers[which]


def _bound(seed: bytes, context: bytes) -> Xaes256Gcm:
    kdf = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"rooms-ops region key|" + context)
    return Xaes256Gcm(kdf.derive(seed))


@contextmanager
def _faults() -> Iterator[None]:
    """Turn what the vault's library raises into a ProviderFault, which quotes no answer."""
    try:
        yield
    except HttpResponseError as error:
        raise ProviderFault(f"The key vault answered {error.status_code}.") from None
    except AzureError:
        raise ProviderFault("The key vault could not be asked.") from None
