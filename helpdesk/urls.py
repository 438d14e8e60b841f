"""Every address of the product, by room."""

from django.contrib import admin
from django.urls import include, path

from helpdesk import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
    path("help/", include("knowledge.urls")),
    path("tickets/", include("tickets.urls")),
    path("", include("accounts.urls")),
    path("", include("chat.urls")),
]
