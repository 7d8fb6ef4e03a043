"""From messages to requests: a durable reader of the ledger that decides for each message where it belongs."""

from __future__ import annotations

from baileo.city.service_requests.services.intake.reader import IntakeDone, intake, take_in

__all__ = ["IntakeDone", "intake", "take_in"]
