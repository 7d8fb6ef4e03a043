"""Finding a request by number and code, in a time that tells a stranger nothing."""

from __future__ import annotations

from baileo.city.service_requests.models import ServiceRequest
from baileo.core.errors import InvalidInput
from baileo.core.ids import normalise_short_code, parse_request_number, same_secret

NO_NUMBER = "0000-000000"
NO_CODE = "-" * 8


def request_by_code(number: str, code: str) -> ServiceRequest | None:
    """The request, or None: for an unknown number, a wrong code and nonsense alike, after the same work."""
    try:
        wanted = parse_request_number(number)
    except InvalidInput:
        wanted = NO_NUMBER
    found = (
        ServiceRequest.objects.select_related("agency", "service__group", "conversation__contact")
        .filter(number=wanted)
        .first()
    )
    is_right = same_secret(normalise_short_code(code), found.track_code if found else NO_CODE)
    return found if found and is_right else None
