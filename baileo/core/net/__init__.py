"""Calling other machines over HTTP without being led into our own house."""

from baileo.core.net.client import Http, HttpClient, HttpReply, check_url
from baileo.core.net.guard import is_public

__all__ = ["Http", "HttpClient", "HttpReply", "check_url", "is_public"]
