from django.urls import path

from deliveries.views import farms

app_name = "deliveries"

urlpatterns = [
    path("desk/stalls/<int:pk>/", farms.stall, name="stall"),
]
