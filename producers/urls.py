"""Pages that need the farm alone.

Its desk and its public page show rounds too: they are in deliveries/views/farms.py, and join these in cagette/urls.py.
"""

from django.urls import path

from producers import views

app_name = "producers"

urlpatterns = [
    path("farms/new/", views.new, name="new"),
    path("farms/<slug:slug>/edit/", views.edit, name="edit"),
    path("farms/<slug:slug>/team/", views.team, name="team"),
    path("farms/<slug:slug>/team/<int:pk>/removal/", views.removal, name="team_removal"),
]
