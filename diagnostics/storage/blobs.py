"""Bundles in Azure Blob Storage, one container a region."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from django.core.files.base import File
from storages.backends.azure_storage import AzureStorage

from diagnostics.storage.base import NAME, Found, NotStored, StorageFault

_MIB: Final = 1024 * 1024


class RegionBlobs(AzureStorage):
    """A container of Azure Blob Storage.

    Without a connection string the process shows its own identity (managed, or AZURE_* variables).
    Blob soft delete keeps what was removed: docs/adr/0016-vault.md says what that means.
    """

    # The library holds up to three blocks and ten ranges: 12 and 10 MiB, whatever the file's size.
    PATIENCE: Final[dict[str, Any]] = {
        "max_single_put_size": 4 * _MIB,
        "max_block_size": 4 * _MIB,
        "max_single_get_size": _MIB,
        "max_chunk_get_size": _MIB,
        "retry_total": 3,
        "connection_timeout": 5,
        "read_timeout": 30,
    }

    def _get_service_client(self) -> BlobServiceClient:
        if self.connection_string:
            return BlobServiceClient.from_connection_string(self.connection_string, **self.PATIENCE)
        # Slow to import, and needed by those alone who have no connection string.
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415

        return BlobServiceClient(
            f"https://{self.account_name}.blob.{self.endpoint_suffix}",
            credential=DefaultAzureCredential(),
            **self.PATIENCE,
        )

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: one that is taken is an error, and not a reason for another."""
        return name

    def _save(self, name: str, content: File[bytes]) -> str:
        # One block after the other: in parallel the library forgets the condition that guards
        # what stands there already.
        with _faults():
            self.client.upload_blob(name, content.chunks(), overwrite=False, max_concurrency=1)
        return name

    def pieces(self, name: str, offset: int) -> Iterator[bytes]:
        """The bytes from there on, a megabyte at a time."""
        with _faults():
            blob = self.client.get_blob_client(name)
            if blob.get_blob_properties().size > offset:
                yield from blob.download_blob(offset=offset, max_concurrency=1).chunks()

    def size(self, name: str) -> int:
        """In bytes."""
        with _faults():
            return int(super().size(name))

    def exists(self, name: str) -> bool:
        """Whether it is there."""
        with _faults():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        """Remove it, if it is there."""
        with _faults():
            super().delete(name)

    def everything(self) -> Iterator[Found]:
        """All blobs of ours."""
        with _faults():
            for blob in self.client.list_blobs():
                if NAME.fullmatch(blob.name):
                    yield Found(blob.name, blob.size, blob.last_modified)


@contextmanager
def _faults() -> Iterator[None]:
    """Turn the errors of the service's library into ours, which quote no answer."""
    try:
        yield
    except ResourceNotFoundError:
        raise NotStored("Nothing is stored there.") from None
    except ResourceExistsError:
        raise StorageFault("Something is stored there already.") from None
    except AzureError as error:
        status = getattr(error, "status_code", None)
        answered = f"answered {status}" if status else "could not be asked"
        raise StorageFault(f"The storage {answered}.") from None
