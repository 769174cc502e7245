from django.urls import include, path

from orders.views import guests, households, mails, neighbourhoods, orders, rounds, sharing, sheets, wishes

app_name = "orders"

neighbourhood_pages = [
    path("", neighbourhoods.neighbourhood, name="neighbourhood"),
    path("rounds.rss", sharing.feed, name="feed"),
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
    path("rounds/<int:pk>/", sheets.round, name="round"),
    path("rounds/<int:pk>/picture/<str:language>-<str:digest>.png", sharing.picture, name="picture"),
    path("rounds/<int:pk>/changes/", sheets.change, name="change"),
    path("rounds/<int:pk>/filling/", sheets.save, name="save"),
    path("rounds/<int:pk>/entrance/", guests.entrance, name="entrance"),
    path("rounds/<int:pk>/arrival/", guests.arrival, name="arrival"),
    path("rounds/<int:pk>/lines/", sheets.lines, name="lines"),
    path("rounds/<int:pk>/usual/", wishes.usual, name="usual"),
    path("rounds/<int:pk>/favourites/", wishes.favourites, name="favourites"),
    path("rounds/<int:pk>/notes/", wishes.notes, name="notes"),
    path("rounds/<int:pk>/freshness/", sheets.freshness, name="freshness"),
    path("rounds/<int:pk>/recap/", sheets.recap, name="recap"),
    path("rounds/<int:pk>/confirmation/", sheets.confirmation, name="confirmation"),
    path("orders/", orders.mine, name="mine"),
    path("orders/<int:pk>/", orders.detail, name="detail"),
    path("stalls/<int:pk>/answer/", rounds.answer, name="answer"),
    path("invitations/<str:token>/", rounds.answer_link, name="answer_link"),
    path("households/<int:pk>/", households.household, name="household"),
    path("households/<int:pk>/preferences/", households.preferences, name="preferences"),
    path("households/<int:pk>/leaving/", households.leaving, name="leaving"),
    path("mails/", mails.mine, name="my_mails"),
    path("mails/<str:token>/", mails.by_link, name="mails"),
    path("mails/<str:token>/<str:kind>/", mails.unsubscription, name="unsubscription"),
    path("households/invitations/<str:token>/", households.household_invitation, name="household_invitation"),
]
