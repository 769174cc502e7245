"""The whole site at a glance; each app's own list has its pages."""

from django.contrib import admin
from django.urls import include, path

from cagette import health, views

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("staff/health/", health.page, name="health"),
    path("staff/admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("style/", views.style, name="style"),
    path("i18n/", include("django.conf.urls.i18n")),
]
