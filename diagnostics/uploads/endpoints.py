"""The addresses of orders and uploads on the device surface, as data for its document."""

from __future__ import annotations

from typing import Final

from diagnostics.uploads import schema
from rooms.device_api.endpoints import BODY, SIGNED, Endpoint

ENDPOINTS: Final = (
    Endpoint(
        "/device/v1/collections/{collection}/progress",
        "POST",
        "collection_progress",
        "Say how far an ordered collection is",
        202,
        schema.Said,
        (*SIGNED, *BODY, "not_found", "order_over"),
        schema.Progress,
        schema.MOST_BYTES,
    ),
    Endpoint(
        "/device/v1/uploads",
        "POST",
        "upload_begin",
        "Announce the bundle of a collection, or ask anew how far its upload is",
        201,
        schema.Begun,
        (*SIGNED, *BODY, "not_found", "order_over", "wrong_bundle"),
        schema.Announced,
        schema.MOST_BYTES,
    ),
    Endpoint(
        "/device/v1/uploads/{upload}",
        "GET",
        "upload_place",
        "How much of a bundle is stored",
        200,
        schema.Place,
        (*SIGNED, "not_found", "order_over"),
    ),
    Endpoint(
        "/device/v1/uploads/{upload}/chunks/{offset}",
        "PUT",
        "upload_chunk",
        "The next chunk of a bundle: the bytes that begin at this offset",
        200,
        schema.Place,
        (*SIGNED, "not_found", "order_over", "wrong_offset"),
        most=schema.CHUNK_BYTES,
    ),
    Endpoint(
        "/device/v1/uploads/{upload}/complete",
        "POST",
        "upload_complete",
        "All chunks are stored: let the bundle be checked",
        202,
        schema.Place,
        (*SIGNED, "not_found", "order_over", "wrong_offset"),
    ),
)
