"""Addresses of the assistant."""

from django.urls import path

from chat import views

app_name = "chat"

urlpatterns = [
    path("", views.new, name="new"),
    path("ask/", views.ask_new, name="ask_new"),
    path("person/", views.escalate_new, name="escalate_new"),
    path("draft/", views.draft, name="draft_new"),
    path("history/", views.past, name="history"),
    path("c/<uuid:pk>/", views.show, name="conversation"),
    path("c/<uuid:pk>/updates/", views.updates, name="updates"),
    path("c/<uuid:pk>/earlier/", views.earlier, name="earlier"),
    path("c/<uuid:pk>/ask/", views.ask, name="ask"),
    path("c/<uuid:pk>/stop/", views.stop, name="stop"),
    path("c/<uuid:pk>/draft/", views.draft, name="draft"),
    path("c/<uuid:pk>/person/", views.escalate, name="escalate"),
    path("c/<uuid:pk>/assistant/", views.take_back, name="take_back"),
    path("c/<uuid:pk>/rename/", views.rename, name="rename"),
    path("c/<uuid:pk>/archive/", views.archive, name="archive"),
    path("c/<uuid:pk>/unarchive/", views.unarchive, name="unarchive"),
    path("c/<uuid:pk>/delete/", views.delete, name="delete"),
    path("c/<uuid:pk>/restore/", views.restore, name="restore"),
    path("c/<uuid:pk>/export.md", views.export, {"form": "md"}, name="export_markdown"),
    path("c/<uuid:pk>/export.json", views.export, {"form": "json"}, name="export_json"),
    path("c/<uuid:pk>/m/<int:message_id>/regenerate/", views.regenerate, name="regenerate"),
    path("c/<uuid:pk>/m/<int:message_id>/continue/", views.carry_on, name="continue"),
    path("c/<uuid:pk>/m/<int:message_id>/edit/", views.edit, name="edit"),
    path("c/<uuid:pk>/m/<int:message_id>/choose/", views.choose, name="choose"),
    path("c/<uuid:pk>/m/<int:message_id>/rate/", views.rate, name="rate"),
    path("c/<uuid:pk>/m/<int:message_id>/why/", views.why, name="why"),
]
