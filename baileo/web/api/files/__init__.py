"""Stored files for browsers, behind links that soon end."""

from __future__ import annotations

from baileo.web.api.files.links import file_url, thumb_url

__all__ = ["file_url", "thumb_url"]
