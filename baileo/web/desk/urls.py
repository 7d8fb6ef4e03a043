"""The officers' desk: one page of three panes, its parts, and the things one can do."""

from __future__ import annotations

from django.urls import path

from baileo.web.desk.views import actions, loose, pages, typed_in

app_name = "desk"
urlpatterns = [
    path("", pages.desk, name="desk"),
    path("list/", pages.request_list, name="list"),
    path("rows/", pages.rows, name="rows"),
    path("nav/", pages.nav, name="nav"),
    path("areas/", pages.areas, name="areas"),
    path("land/", pages.land, name="land"),
    path("new/", typed_in.new, name="new"),
    path("bulk/assign/", actions.assign_bulk, name="bulk-assign"),
    path("filters/", actions.filter_save, name="filter-save"),
    path("filters/<int:filter_id>/delete/", actions.filter_delete, name="filter-delete"),
    path("loose/", loose.conversations, name="loose"),
    path("loose/<int:conversation_id>/", loose.conversation, name="loose-conversation"),
    path("loose/<int:conversation_id>/reply/", loose.reply, name="loose-reply"),
    path("loose/<int:conversation_id>/make/", loose.make_request, name="loose-make"),
    path("loose/<int:conversation_id>/let-be/", loose.let_be, name="loose-let-be"),
    path("loose/<int:conversation_id>/link/", loose.link, name="loose-link"),
    path("r/<str:number>/", pages.service_request, name="request"),
    path("r/<str:number>/live/", pages.live_parts, name="live"),
    path("r/<str:number>/step/<slug:step>/", actions.step, name="step"),
    path("r/<str:number>/edit/", actions.edit, name="edit"),
    path("r/<str:number>/priority/", actions.priority, name="priority"),
    path("r/<str:number>/tags/", actions.tags, name="tags"),
    path("r/<str:number>/assignee/", actions.assignee, name="assignee"),
    path("r/<str:number>/reply/", actions.reply, name="reply"),
    path("r/<str:number>/note/", actions.note, name="note"),
    path("r/<str:number>/proof/", actions.proof, name="proof"),
    path("r/<str:number>/publish/", actions.publish, name="publish"),
    path("r/<str:number>/unpublish/", actions.unpublish, name="unpublish"),
    path("r/<str:number>/contact/", actions.contact, name="contact"),
    path("r/<str:number>/message/<int:message_id>/<slug:deed>/", actions.message, name="message"),
    path("r/<str:number>/attachment/<int:attachment_id>/retry/", actions.attachment, name="attachment-retry"),
]
