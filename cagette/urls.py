"""The whole site at a glance; each app's own list has its pages."""

from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

import producers.urls
from cagette import accounts, health, installing, proving, views
from deliveries import sitemaps
from deliveries.views import farms
from orders.views import home

# A farm's desk and its page show rounds: their views stand further right than the farm itself.
farm_pages = [
    path("desk/", farms.desk, name="desk"),
    path("farms/", farms.farms, name="farms"),
    *producers.urls.urlpatterns,
    path("farms/<slug:slug>/", farms.detail, name="detail"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": sitemaps.SECTIONS}, name="sitemap"),
    path("manifest.webmanifest", installing.manifest, name="manifest"),
    path("service-worker.js", installing.service_worker, name="service_worker"),
    path("offline/", installing.offline, name="offline"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("staff/health/", health.page, name="health"),
    path("staff/admin/", admin.site.urls),
    path("accounts/profile/", accounts.profile, name="profile"),
    path("accounts/proof/", proving.proof, name="proof"),
    path("accounts/proof/code/", proving.code, name="proof_code"),
    path("accounts/", include("allauth.urls")),
    path("about/", views.about, name="about"),
    path("credits/", views.credits, name="credits"),
    path("style/", views.style, name="style"),
    path("media/", include("cagette.media")),
    path("", include((farm_pages, producers.urls.app_name))),
    path("", include("catalogs.urls")),
    path("", include("orders.urls")),
    path("", include("deliveries.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]

handler400 = "cagette.views.unreadable"
