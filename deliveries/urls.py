from django.urls import include, path

from deliveries.views import accounts, acting, coordination, farms, grants, live, papers, pick_lists, withdrawals

app_name = "deliveries"

round_pages = [
    path("", coordination.round, name="round"),
    path("households/", coordination.households, name="households"),
    path("household/", coordination.household_order, name="household_order"),
    path("mails/", coordination.mails, name="mails"),
    path("history/", coordination.history, name="history"),
    path("mails/<int:mail_pk>/sending/", acting.mail_sending, name="mail_sending"),
    path("publication/", acting.publication, name="publication"),
    path("opening/", acting.opening, name="opening"),
    path("closing/", acting.round_closing, name="closing"),
    path("extension/", acting.extension, name="extension"),
    path("move/", acting.move, name="move"),
    path("cancellation/", acting.cancellation, name="cancellation"),
    path("invitation/", acting.invitation, name="invitation"),
    path("reminders/", acting.reminders, name="reminders"),
    path("coordinators/", acting.coordinators, name="coordinators"),
    path("sign-off/", papers.sign_off_pdf, name="sign_off_pdf"),
]

urlpatterns = [
    path("coordination/", coordination.desk, name="desk"),
    path("coordination/rounds/<int:pk>/", include(round_pages)),
    path("coordination/stalls/<int:pk>/closing/", acting.stall_closing, name="stall_closing"),
    path("coordination/stalls/<int:pk>/decision/", acting.minimum_decision, name="minimum_decision"),
    path("coordination/stalls/<int:pk>/cancellation/", acting.stall_dropping, name="stall_dropping"),
    path("coordination/orders/<int:pk>/", coordination.order, name="order"),
    path("coordination/orders/<int:pk>/correction/", acting.line_correction, name="line_correction"),
    path("coordination/orders/<int:pk>/grants/", acting.grants, name="grants"),
    path("coordination/grants/<int:pk>/taking-back/", acting.grant_taking_back, name="grant_taking_back"),
    path("orders/grants/<int:pk>/agreement/", grants.agreement, name="grant_agreement"),
    path("orders/<int:pk>/recap.pdf", papers.order_pdf, name="order_pdf"),
    path("accounts/export/", accounts.export, name="export"),
    path("accounts/deletion/", accounts.deletion, name="deletion"),
    path("orders/<int:pk>/withdrawal/", withdrawals.withdrawal, name="withdrawal"),
    path("withdrawals/<str:token>/", withdrawals.withdrawal_link, name="withdrawal_link"),
    path("live/rounds/<int:pk>/", live.round, name="live"),
    path("rounds/<int:pk>/calendar.ics", papers.round_ics, name="round_ics"),
    path("neighbourhoods/<slug:slug>/deliveries.ics", papers.neighbourhood_ics, name="neighbourhood_ics"),
    path("seen/<str:token>/", papers.acknowledgement_link, name="acknowledgement_link"),
    path("desk/stalls/<int:pk>/", farms.stall, name="stall"),
    path("desk/pick-lists/", pick_lists.pick_lists, name="pick_lists"),
    path("pick-lists/<int:pk>/", pick_lists.pick_list, name="pick_list"),
    path("pick-lists/<int:pk>/pdf/", pick_lists.pick_list_pdf, name="pick_list_pdf"),
    path("pick-lists/<int:pk>/xlsx/", pick_lists.pick_list_xlsx, name="pick_list_xlsx"),
    path("pick-lists/<int:pk>/mailing/", pick_lists.mailing, name="pick_list_mailing"),
    path("pick-lists/<int:pk>/acknowledgement/", pick_lists.acknowledgement, name="acknowledgement"),
]
