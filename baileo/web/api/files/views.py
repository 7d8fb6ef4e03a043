"""`/files/<token>`: what citizens and officers sent us, served so that a browser never runs any of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header, parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baileo.core.errors import BaileoError, InvalidInput, NotFound, PermissionRefused, TooLarge
from baileo.core.files import FileStore
from baileo.core.images import thumbnail
from baileo.web.api.files.links import Link, link_open
from baileo.web.api.files.ranges import Part, asked_part

SHOWN = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
DOWNLOADED = {
    "application/pdf": "pdf",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "video/3gpp": "3gp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
CHUNK = 256 * 1024
AT_ONCE_MOST = 1024 * 1024  # bytes; larger ones are streamed
SAFE_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600, immutable",
    "Accept-Ranges": "bytes",
}


@require_safe
def serve(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file, a part of it, or its thumbnail (`?size=thumb`)."""
    try:
        link = link_open(token)
        _refuse_others(request, link)
        return _thumb(request, link) if request.GET.get("size") == "thumb" else _file(request, link)
    except NotFound as error:
        raise Http404(str(error)) from error
    except BaileoError as error:
        return HttpResponse(str(error), status=error.http_status, content_type="text/plain; charset=utf-8")


def _refuse_others(request: HttpRequest, link: Link) -> None:
    if link.user_id is not None and request.user.pk != link.user_id:
        raise PermissionRefused(_("This link was made for somebody else. Open the page it was on under your own name."))


def _thumb(request: HttpRequest, link: Link) -> HttpResponseBase:
    if link.media_type not in SHOWN or not _store().exists(link.sha256):
        raise NotFound("There is no small picture of this file.")
    response = HttpResponse(content_type="image/jpeg", headers=SAFE_HEADERS)
    if _is_known(request, response, f'"{link.sha256}-thumb"'):
        return _not_modified(response)
    response.content = _small(str(_store().path(link.sha256)))
    return response


@lru_cache(maxsize=256)
def _small(path: str) -> bytes:
    """Kept in memory only: when a person's pictures are erased, nothing of them may stay on disk."""
    try:
        return thumbnail(Path(path).read_bytes()).content
    except (InvalidInput, TooLarge, FileNotFoundError) as error:
        raise NotFound("There is no small picture of this file.") from error


def _file(request: HttpRequest, link: Link) -> HttpResponseBase:
    path = _store().path(link.sha256)
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise NotFound("This file is not kept any more.") from error
    etag = f'"{link.sha256}"'
    part = asked_part(request.headers.get("Range", ""), size) if _wants_part(request, etag) else None
    response = _response(path, part or Part(0, size))
    for name, value in {**SAFE_HEADERS, **_naming(link)}.items():
        response[name] = value
    if _is_known(request, response, etag):
        return _not_modified(response)
    if part:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    return response


def _response(path: Path, part: Part) -> HttpResponseBase:
    response: HttpResponseBase
    if part.size <= AT_ONCE_MOST:
        response = HttpResponse(_read(path, part.start, part.size))
    else:
        response = StreamingHttpResponse(_chunks(path, part))
    response["Content-Length"] = str(part.size)
    return response


async def _chunks(path: Path, part: Part) -> AsyncIterator[bytes]:
    for start in range(part.start, part.end, CHUNK):
        yield await asyncio.to_thread(_read, path, start, min(CHUNK, part.end - start))


def _read(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)


def _naming(link: Link) -> dict[str, str]:
    """Only pictures are shown. Everything else is a download of a type that we know, or of none."""
    is_shown = link.media_type in SHOWN
    extension = (SHOWN | DOWNLOADED).get(link.media_type, "bin")
    stem = Path(link.name).stem if link.name else f"baileo-{link.sha256[:8]}"
    disposition = content_disposition_header(not is_shown, f"{stem}.{extension}")
    media_type = link.media_type if extension != "bin" else "application/octet-stream"
    return {"Content-Type": media_type, "Content-Disposition": disposition or "attachment"}


def _wants_part(request: HttpRequest, etag: str) -> bool:
    """A part of a file that changed meanwhile would be nonsense; ours never change, but the standard asks."""
    return request.headers.get("If-Range", etag) == etag


def _is_known(request: HttpRequest, response: HttpResponseBase, etag: str) -> bool:
    response["ETag"] = etag
    return etag in parse_etags(request.headers.get("If-None-Match", ""))


def _not_modified(response: HttpResponseBase) -> HttpResponseBase:
    unchanged = HttpResponseNotModified()
    for name in ("ETag", "Cache-Control"):
        unchanged[name] = response[name]
    return unchanged


def _store() -> FileStore:
    return FileStore(settings.BAILEO.media_dir)
