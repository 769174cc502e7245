from django.urls import include, path

from orders.views import households, neighbourhoods, rounds

app_name = "orders"

neighbourhood_pages = [
    path("", neighbourhoods.neighbourhood, name="neighbourhood"),
    path("joining/", neighbourhoods.joining_request, name="joining"),
    path("invitation/", neighbourhoods.invitation_renewal, name="invitation_renewal"),
    path("invitation/<str:token>/", neighbourhoods.invitation, name="invitation"),
    path("people/", neighbourhoods.approvals, name="approvals"),
    path("people/<int:pk>/approval/", neighbourhoods.approval, name="approval"),
    path("households/", neighbourhoods.household_founding, name="household_founding"),
    path("rounds/new/", rounds.propose, name="propose"),
]

urlpatterns = [
    path("neighbourhoods/<slug:slug>/", include(neighbourhood_pages)),
    path("stalls/<int:pk>/answer/", rounds.answer, name="answer"),
    path("invitations/<str:token>/", rounds.answer_link, name="answer_link"),
    path("households/<int:pk>/", households.household, name="household"),
    path("households/<int:pk>/leaving/", households.leaving, name="leaving"),
    path("households/invitations/<str:token>/", households.household_invitation, name="household_invitation"),
]
