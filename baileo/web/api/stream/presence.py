"""Who has a request open or is typing in it: told by NOTIFY, remembered by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from baileo.web.api.stream.viewer import Viewer

CHANNEL = "baileo_presence"
SEEN_WITH = "service_requests.view"


class Presence(BaseModel):
    """What a page says of itself; repeated every 15 s while it is open."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    subject: str = Field(pattern=r"^[\w:.-]{1,80}$")
    doing: Literal["open", "typing", "closed"]
    page: str = Field(default="", pattern=r"^[\w-]{0,40}$")


class Sign(Presence):
    """The same as it travels between web processes, with who it is and who may know."""

    user: int
    name: str = Field(max_length=150)
    at: str
    agencies: tuple[str, ...] = ()  # responsible for the subject
    is_confidential: bool = False

    def shown(self) -> Mapping[str, Any]:
        return self.model_dump(include={"subject", "doing", "page", "user", "name", "at"})

    def may_be_seen_by(self, viewer: Viewer) -> bool:
        return viewer.may_see(SEEN_WITH, self.agencies, is_confidential=self.is_confidential)
