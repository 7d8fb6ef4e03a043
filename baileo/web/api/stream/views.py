"""`POST /stream/presence`: a page says that somebody has a request open or is typing in it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required, permission_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST
from pydantic import ValidationError

from baileo.city.service_requests.selectors import request_get
from baileo.core.clock import now
from baileo.core.errors import NotFound
from baileo.ground.people.models import User
from baileo.web.api.stream.feed import iso
from baileo.web.api.stream.presence import CHANNEL, Presence, Sign


@require_POST
@login_required
@permission_required("desk.open", raise_exception=True)
def presence(request: HttpRequest) -> HttpResponse:
    """204; 404 for a request that the sender may not see, 422 for nonsense. Stores nothing."""
    try:
        said = Presence.model_validate(request.POST.dict())
    except ValidationError as error:
        return JsonResponse(
            {"code": "invalid-input", "fields": [problem["loc"] for problem in error.errors()]}, status=422
        )
    try:
        sign = _sign(request.user, said)  # type: ignore[arg-type]
    except NotFound as error:
        return JsonResponse({"code": error.code, "message": str(error)}, status=404)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, sign.model_dump_json()])
    return HttpResponse(status=204)


def _sign(user: User, said: Presence) -> Sign:
    """Who may see the request may see who has it open; nobody else."""
    subject = request_get(user, said.subject)
    return Sign(
        **said.model_dump(),
        user=user.pk,
        name=str(user)[:150],
        at=iso(now()),
        agencies=(subject.agency.code,) if subject.agency else (),
        is_confidential=subject.is_confidential,
    )
