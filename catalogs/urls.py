from django.urls import path

from catalogs.views import catalogs, certificates, imports, products, returnables, supplies, undoing

app_name = "catalogs"

urlpatterns = [
    path("farms/<slug:slug>/catalogs/new/", catalogs.new, name="new"),
    path("farms/<slug:slug>/certificates/", certificates.certificates, name="certificates"),
    path("farms/<slug:slug>/certificates/new/", certificates.new, name="certificate_new"),
    path("farms/<slug:slug>/returnables/", returnables.returnables, name="returnables"),
    path("returnables/<int:pk>/edit/", returnables.edit, name="returnable_edit"),
    path("returnables/<int:pk>/check/", returnables.check, name="returnable_check"),
    path("returnables/<int:pk>/retirement/", returnables.retirement, name="returnable_retirement"),
    path("catalogs/<int:pk>/", catalogs.detail, name="detail"),
    path("catalogs/<int:pk>/edit/", catalogs.edit, name="edit"),
    path("catalogs/<int:pk>/publication/", catalogs.publication, name="publication"),
    path("catalogs/<int:pk>/withdrawal/", catalogs.withdrawal, name="withdrawal"),
    path("catalogs/<int:pk>/history/", catalogs.edits, name="history"),
    path("catalog-edits/<int:pk>/undoing/", undoing.edit, name="edit_undoing"),
    path("edit-requests/<int:pk>/undoing/", undoing.whole_request, name="request_undoing"),
    path("catalogs/<int:pk>/export.<str:kind>", catalogs.export, name="export"),
    path("catalogs/<int:pk>/products/new/", products.new, name="product_new"),
    path("catalogs/<int:pk>/import/", imports.upload, name="import"),
    path("imports/<int:pk>/", imports.preview, name="import_preview"),
    path("imports/<int:pk>/mapping/", imports.mapping, name="import_mapping"),
    path("imports/<int:pk>/confirmation/", imports.confirmation, name="import_confirmation"),
    path("products/<int:pk>/edit/", products.edit, name="product_edit"),
    path("products/<int:pk>/copy/", products.copy, name="product_copy"),
    path("products/<int:pk>/hiding/", products.hiding, name="product_hiding"),
    path("products/<int:pk>/showing/", products.showing, name="product_showing"),
    path("products/<int:pk>/moving/", products.moving, name="product_moving"),
    path("products/<int:pk>/supply/", supplies.supply, name="supply"),
    path("products/<int:pk>/supply/ending/", supplies.ending, name="supply_ending"),
]
