"""The web form keeps the promises of every channel."""

from __future__ import annotations

from baileo.city.messages.contract_test import ChannelContract
from baileo.plugins.channels.web_form.adapter import WebForm


class TestWebForm(ChannelContract):
    channel = WebForm
    signs_body = False  # nobody calls it from outside
    sends_by_http = False
