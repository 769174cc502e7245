"""Who gets what from each URL of the project, as the design has it.

    in    asked to sign in           403  may know of it, may not do it
    200   the page                   404  it isn't there, for them
    302   done, and sent on          405  (any method that has no row)
    422   let in, and told what is missing in the form that was posted; 409 likewise: what stands against it

What everybody may read (a farm, a published catalogue) can't be denied: who is signed in gets 403 from the pages that
change it. What is somebody's own (a household, an order, a draft, an import, a proposal) isn't there for others. The
pages by which a round or a neighbourhood is run are 403 for those whom it concerns (its members, its farms, staff, who
work in the admin) and 404 for strangers. A signed link speaks for itself, whoever holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# A form with nothing in it that counts.
NOTHING: dict[str, Any] = {"sent": "1"}
BLANC = {"name": "Blanc", "phone": "06 00 00 00 00"}


@dataclass(frozen=True)
class Row:
    """One URL, one method. `of` names things of the scene, `data` a method of the scene or what is posted."""

    name: str
    method: str
    of: tuple[str, ...]
    # One word for each of the PEOPLE.
    words: tuple[str, ...]
    data: str | dict[str, Any]
    query: str
    stream: bool

    def __str__(self) -> str:
        return f"{self.method} {self.name} {' '.join(self.of)}{self.query}".rstrip()


def row(
    method: str, name: str, of: str, words: str, *, data: str | dict[str, Any], query: str, stream: bool = False
) -> Row:
    return Row(name, method, tuple(of.split()), tuple(words.split()), data, query, stream)


def get(name: str, of: str, words: str, *, query: str = "") -> Row:
    return row("GET", name, of, words, data={}, query=query)


def post(name: str, of: str, words: str, *, data: str | dict[str, Any] = NOTHING, query: str = "") -> Row:
    return row("POST", name, of, words, data=data, query=query)


# fmt: off
ROWS = [
    #                                                 anonymous
    #                                                 |   stranger
    #                                                 |   |   member (whose household and orders these are)
    #                                                 |   |   |   neighbour (another household)
    #                                                 |   |   |   |   producer (whose farm and catalogues these are)
    #                                                 |   |   |   |   |   other producer (in the same rounds)
    #                                                 |   |   |   |   |   |   coordinator
    #                                                 |   |   |   |   |   |   |   staff
    # The site
    get("home", "",                                  "200 200 200 200 200 200 200 200"),
    get("robots", "",                                "200 200 200 200 200 200 200 200"),
    get("about", "",                                 "200 200 200 200 200 200 200 200"),
    get("credits", "",                               "200 200 200 200 200 200 200 200"),
    get("style", "",                                 "404 404 404 404 404 404 404 200"),
    get("manifest", "",                              "200 200 200 200 200 200 200 200"),
    get("service_worker", "",                        "200 200 200 200 200 200 200 200"),
    get("offline", "",                               "200 200 200 200 200 200 200 200"),
    get("healthz", "",                               "200 200 200 200 200 200 200 200"),
    # No worker is there while these tests run, and everybody may know.
    get("readyz", "",                                "503 503 503 503 503 503 503 503"),
    get("health", "",                                "in  403 403 403 403 403 403 200"),
    get("profile", "",                               "in  200 200 200 200 200 200 200"),
    post("profile", "",                              "in  422 422 422 422 422 422 422"),
    get("proof", "",                                 "in  200 200 200 200 200 200 200"),
    post("proof", "",                                "in  422 422 422 422 422 422 422"),
    post("proof_code", "",                           "in  302 302 302 302 302 302 302"),
    get("deliveries:export", "",                     "in  200 200 200 200 200 200 200"),
    get("deliveries:deletion", "",                   "in  200 200 200 200 200 200 200"),
    post("deliveries:deletion", "",                  "in  422 422 422 422 422 422 422"),
    get("public_file", "certificate_file",           "200 200 200 200 200 200 200 200"),
    get("admin:index", "",                           "in  in  in  in  in  in  in  200"),
    get("admin:cagette_outgoingmail_html", "mail",   "in  in  in  in  in  in  in  200"),
    get("admin:cagette_outgoingmail_file", "mail attachment",
                                                     "in  in  in  in  in  in  in  200"),
    # Farms
    get("producers:desk", "",                        "in  200 200 200 200 200 200 200"),
    get("producers:new", "",                         "in  200 200 200 200 200 200 200"),
    post("producers:new", "",                        "in  422 422 422 422 422 422 422"),
    get("producers:farms", "",                       "200 200 200 200 200 200 200 200"),
    get("producers:detail", "farm",                  "200 200 200 200 200 200 200 200"),
    get("producers:detail", "retired_farm",          "404 404 404 404 404 404 404 404"),
    get("producers:edit", "farm",                    "in  403 403 403 200 403 403 403"),
    post("producers:edit", "farm",                   "in  403 403 403 422 403 403 403"),
    get("producers:team", "farm",                    "in  403 403 403 200 403 403 403"),
    post("producers:team", "farm",                   "in  403 403 403 422 403 403 403"),
    post("producers:team_removal", "farm editor",    "in  403 403 403 302 403 403 403"),
    get("catalogs:certificates", "farm",             "in  403 403 403 200 403 403 403"),
    get("catalogs:certificate_new", "farm",          "in  403 403 403 200 403 403 403"),
    post("catalogs:certificate_new", "farm",         "in  403 403 403 422 403 403 403"),
    get("catalogs:returnables", "farm",              "in  403 403 403 200 403 403 403"),
    post("catalogs:returnables", "farm",             "in  403 403 403 422 403 403 403"),
    get("catalogs:returnable_edit", "returnable",    "in  404 404 404 200 404 404 404"),
    post("catalogs:returnable_edit", "returnable",   "in  404 404 404 422 404 404 404"),
    post("catalogs:returnable_check", "returnable",  "in  404 404 404 302 404 404 404"),
    post("catalogs:returnable_retirement", "returnable", "in  404 404 404 302 404 404 404"),
    # Catalogues
    get("catalogs:new", "farm",                      "in  403 403 403 200 403 403 403"),
    post("catalogs:new", "farm",                     "in  403 403 403 422 403 403 403"),
    get("catalogs:detail", "catalog",                "200 200 200 200 200 200 200 200"),
    get("catalogs:detail", "draft",                  "404 404 404 404 200 404 404 404"),
    get("catalogs:edit", "catalog",                  "in  403 403 403 200 403 403 403"),
    post("catalogs:edit", "catalog",                 "in  403 403 403 422 403 403 403"),
    get("catalogs:edit", "draft",                    "in  404 404 404 200 404 404 404"),
    post("catalogs:publication", "draft",            "in  404 404 404 302 404 404 404"),
    post("catalogs:withdrawal", "catalog",           "in  403 403 403 302 403 403 403"),
    get("catalogs:history", "catalog",               "in  403 403 403 200 403 403 403"),
    post("catalogs:edit_undoing", "edit",            "in  403 403 403 302 403 403 403"),
    post("catalogs:edit_undoing", "draft_edit",      "in  404 404 404 302 404 404 404"),
    post("catalogs:request_undoing", "edit_request", "in  403 403 403 302 403 403 403"),
    get("catalogs:export", "catalog =csv",           "in  403 403 403 200 403 403 403"),
    get("catalogs:export", "catalog =xlsx",          "in  403 403 403 200 403 403 403"),
    get("catalogs:product_new", "catalog",           "in  403 403 403 200 403 403 403"),
    post("catalogs:product_new", "catalog",          "in  403 403 403 422 403 403 403"),
    get("catalogs:product_edit", "product",          "in  403 403 403 200 403 403 403"),
    post("catalogs:product_edit", "product",         "in  403 403 403 422 403 403 403"),
    get("catalogs:product_edit", "draft_product",    "in  404 404 404 200 404 404 404"),
    post("catalogs:product_copy", "product",         "in  403 403 403 302 403 403 403"),
    post("catalogs:product_hiding", "product",       "in  403 403 403 302 403 403 403"),
    post("catalogs:product_showing", "product",      "in  403 403 403 302 403 403 403"),
    post("catalogs:product_moving", "product",       "in  403 403 403 302 403 403 403"),
    get("catalogs:supply", "product",                "in  403 403 403 200 403 403 403"),
    post("catalogs:supply", "product",               "in  403 403 403 422 403 403 403", data={"quantity": "x"}),
    post("catalogs:supply_ending", "product",        "in  403 403 403 302 403 403 403"),
    get("catalogs:import", "catalog",                "in  403 403 403 200 403 403 403"),
    post("catalogs:import", "catalog",               "in  403 403 403 422 403 403 403"),
    get("catalogs:import", "draft",                  "in  404 404 404 200 404 404 404"),
    get("catalogs:import_preview", "importing",      "in  404 404 404 200 404 404 404"),
    get("catalogs:import_mapping", "importing",      "in  404 404 404 200 404 404 404"),
    post("catalogs:import_mapping", "importing",     "in  404 404 404 422 404 404 404"),
    post("catalogs:import_confirmation", "importing", "in 404 404 404 409 404 404 404"),
    # Neighbourhoods
    get("orders:neighbourhood", "neighbourhood",     "200 200 200 200 200 200 200 200"),
    get("orders:neighbourhood", "quiet",             "404 404 404 404 404 404 404 200"),
    get("orders:feed", "neighbourhood",              "200 200 200 200 200 200 200 200"),
    get("orders:feed", "quiet",                      "404 404 404 404 404 404 404 200"),
    get("orders:feed", "quiet",                      "200 200 200 200 200 200 200 200",
        query="?link={scene.quiet.feed_token}"),
    get("deliveries:neighbourhood_ics", "neighbourhood", "200 200 200 200 200 200 200 200"),
    get("deliveries:neighbourhood_ics", "quiet",     "404 404 404 404 404 404 404 200"),
    get("deliveries:neighbourhood_ics", "quiet",     "200 200 200 200 200 200 200 200",
        query="?link={scene.quiet.feed_token}"),
    post("orders:joining", "neighbourhood",          "in  302 302 302 302 302 302 302", data=BLANC),
    post("orders:joining", "quiet",                  "in  404 404 404 404 404 404 422", data=BLANC),
    get("orders:invitation", "quiet invitation_token", "200 200 200 200 200 200 200 200"),
    post("orders:invitation", "quiet invitation_token", "in 302 302 302 302 302 302 302", data=BLANC),
    get("orders:invitation", "quiet =guess",         "404 404 404 404 404 404 404 404"),
    post("orders:invitation", "quiet =guess",        "404 404 404 404 404 404 404 404"),
    post("orders:invitation_renewal", "neighbourhood", "in 404 403 403 404 404 302 302"),
    get("orders:approvals", "neighbourhood",         "in  404 403 403 404 404 200 200"),
    post("orders:approval", "neighbourhood asking_in", "in 404 403 403 404 404 302 302"),
    post("orders:household_founding", "neighbourhood", "in 404 403 403 404 404 422 422"),
    get("orders:propose", "neighbourhood",           "in  404 200 200 404 404 200 403"),
    post("orders:propose", "neighbourhood",          "in  404 422 422 404 404 422 403"),
    # Households
    get("orders:household", "household",             "in  404 200 404 404 404 200 200"),
    post("orders:household", "household",            "in  404 422 404 404 404 422 422"),
    post("orders:preferences", "household",          "in  404 302 404 404 404 404 404"),
    post("orders:leaving", "household",              "in  404 302 404 404 404 404 404"),
    get("orders:my_mails", "",                       "in  200 200 200 200 200 200 200"),
    post("orders:my_mails", "",                      "in  302 302 302 302 302 302 302"),
    get("orders:mails", "mails_token",               "200 200 200 200 200 200 200 200"),
    post("orders:mails", "mails_token",              "302 302 302 302 302 302 302 302"),
    get("orders:mails", "=guess",                    "404 404 404 404 404 404 404 404"),
    get("orders:unsubscription", "mails_token =recaps", "200 200 200 200 200 200 200 200"),
    post("orders:unsubscription", "mails_token =recaps", "200 200 200 200 200 200 200 200"),
    post("orders:unsubscription", "=guess =recaps",  "404 404 404 404 404 404 404 404"),
    get("orders:household_invitation", "household_token", "in 200 200 200 200 200 200 200"),
    # Who orders for another household here stays on the page, and is told.
    post("orders:household_invitation", "household_token", "in 302 302 200 302 302 200 302"),
    get("orders:household_invitation", "=guess",     "in  404 404 404 404 404 404 404"),
    # Rounds and their sheets
    get("orders:round", "open",                      "200 200 200 200 200 200 200 200"),
    get("orders:round", "open",                      "200 404 200 404 404 404 200 404",
        query="?household={scene.household.pk}"),
    get("orders:round", "closed",                    "200 200 200 200 200 200 200 200"),
    get("orders:round", "proposed",                  "404 404 404 404 200 404 200 200"),
    get("orders:round", "quiet_round",               "404 404 404 404 404 404 404 200"),
    get("orders:round", "quiet_round",               "200 200 200 200 200 200 200 200",
        query="?link={scene.quiet_round.share_token}"),
    # Chat apps have no login: the same for everybody, and a former address leads to today's picture.
    get("orders:picture", "open =fr =0",             "302 302 302 302 302 302 302 302"),
    get("orders:picture", "open =de =0",             "404 404 404 404 404 404 404 404"),
    get("orders:picture", "proposed =fr =0",         "404 404 404 404 404 404 404 404"),
    get("orders:picture", "quiet_round =fr =0",      "404 404 404 404 404 404 404 404"),
    get("orders:picture", "quiet_round =fr =0",      "302 302 302 302 302 302 302 302",
        query="?link={scene.quiet_round.share_token}"),
    post("orders:change", "open",                    "in  404 200 404 404 404 200 404", data="a_change"),
    post("orders:save", "open",                      "in  404 302 404 404 404 302 404", data="a_sheet"),
    post("orders:usual", "open",                     "in  404 302 404 404 404 302 404", data="a_sheet"),
    post("orders:favourites", "open",                "in  404 302 404 404 404 302 404", data="a_star"),
    post("orders:notes", "open",                     "in  404 200 404 404 404 200 404", data="a_note"),
    get("orders:freshness", "open",                  "200 200 200 200 200 200 200 200"),
    get("orders:freshness", "proposed",              "404 404 404 404 200 404 200 200"),
    get("orders:freshness", "quiet_round",           "404 404 404 404 404 404 404 200"),
    get("orders:freshness", "quiet_round",           "200 200 200 200 200 200 200 200",
        query="?link={scene.quiet_round.share_token}"),
    # Who has no household here is sent back to the round.
    post("orders:save", "closed",                    "302 302 302 302 302 302 302 302", data="a_guests_sheet"),
    # Whoever has a household here has no business at the entrance.
    get("orders:entrance", "open",                   "200 200 302 302 200 200 302 200"),
    post("orders:entrance", "open",                  "422 422 302 302 422 422 302 422"),
    get("orders:entrance", "quiet_round",            "404 404 404 404 404 404 404 200"),
    get("orders:arrival", "open",                    "in  302 302 302 302 302 302 302"),
    get("orders:arrival", "quiet_round",             "in  404 404 404 404 404 404 302"),
    get("orders:lines", "open",                      "in  200 200 200 200 200 200 200"),
    get("orders:lines", "open",                      "in  404 200 404 404 404 200 404",
        query="?household={scene.household.pk}"),
    get("orders:recap", "open",                      "in  302 200 200 302 302 200 302"),
    get("orders:recap", "open",                      "in  404 200 404 404 404 200 404",
        query="?household={scene.household.pk}"),
    get("orders:recap", "proposed",                  "in  404 404 404 302 404 200 302"),
    post("orders:confirmation", "open",              "in  404 302 404 404 404 302 404", data="a_sheet"),
    get("orders:mine", "",                           "in  200 200 200 200 200 200 200"),
    get("orders:detail", "open_order",               "in  404 200 404 404 404 200 200"),
    # A worker is asked to print it.
    get("deliveries:order_pdf", "open_order",        "in  404 202 404 404 404 202 202"),
    # The household has a login: only a member of it agrees to be offered more.
    post("deliveries:grant_agreement", "grant",      "in  404 302 404 404 404 403 403"),
    get("deliveries:withdrawal", "closed_order",     "in  404 200 404 404 404 403 403"),
    post("deliveries:withdrawal", "closed_order",    "in  404 422 404 404 404 403 403"),
    get("deliveries:withdrawal_link", "withdrawal_token", "200 200 200 200 200 200 200 200"),
    post("deliveries:withdrawal_link", "withdrawal_token", "422 422 422 422 422 422 422 422"),
    get("deliveries:withdrawal_link", "=guess",      "404 404 404 404 404 404 404 404"),
    get("deliveries:round_ics", "open",              "200 200 200 200 200 200 200 200"),
    get("deliveries:round_ics", "proposed",          "404 404 404 404 404 404 404 404"),
    get("deliveries:round_ics", "quiet_round",       "404 404 404 404 404 404 404 200"),
    get("deliveries:round_ics", "quiet_round",       "200 200 200 200 200 200 200 200",
        query="?link={scene.quiet_round.share_token}"),
    # A farm's answer
    get("orders:answer", "invited",                  "in  404 404 404 200 404 200 403"),
    post("orders:answer", "invited",                 "in  404 404 404 302 404 302 403", data={"answer": "declined"}),
    get("orders:answer", "open_stall",               "in  404 403 403 200 403 200 403"),
    get("orders:answer_link", "answer_token",        "200 200 200 200 200 200 200 200"),
    post("orders:answer_link", "answer_token",       "302 302 302 302 302 302 302 302", data={"answer": "declined"}),
    get("orders:answer_link", "=guess",              "404 404 404 404 404 404 404 404"),
    post("orders:answer_link", "=guess",             "404 404 404 404 404 404 404 404"),
    # Coordination
    get("deliveries:desk", "",                       "in  200 200 200 200 200 200 200"),
    get("deliveries:round", "open",                  "in  404 403 403 403 403 200 403"),
    get("deliveries:round", "proposed",              "in  404 404 404 403 404 200 403"),
    get("deliveries:round", "quiet_round",           "in  404 404 404 404 404 404 403"),
    get("deliveries:households", "open",             "in  404 403 403 403 403 200 403"),
    get("deliveries:household_order", "open",        "in  404 403 403 403 403 302 403",
        query="?household={scene.household.pk}"),
    get("deliveries:mails", "open",                  "in  404 403 403 403 403 200 403"),
    get("deliveries:history", "open",                "in  404 403 403 403 403 200 403"),
    post("deliveries:mail_sending", "closed mail",   "in  404 403 403 403 403 302 403"),
    post("deliveries:publication", "proposed",       "in  404 404 404 403 404 302 403"),
    post("deliveries:opening", "open",               "in  404 403 403 403 403 302 403"),
    get("deliveries:closing", "open",                "in  404 403 403 403 403 200 403"),
    post("deliveries:closing", "open",               "in  404 403 403 403 403 302 403"),
    get("deliveries:extension", "open",              "in  404 403 403 403 403 200 403"),
    post("deliveries:extension", "open",             "in  404 403 403 403 403 422 403"),
    get("deliveries:move", "closed",                 "in  404 403 403 403 403 200 403"),
    post("deliveries:move", "closed",                "in  404 403 403 403 403 422 403"),
    get("deliveries:cancellation", "open",           "in  404 403 403 403 403 200 403"),
    post("deliveries:cancellation", "open",          "in  404 403 403 403 403 422 403"),
    get("deliveries:invitation", "open",             "in  404 403 403 403 403 200 403"),
    post("deliveries:invitation", "open",            "in  404 403 403 403 403 422 403"),
    post("deliveries:reminders", "open",             "in  404 403 403 403 403 302 403"),
    post("deliveries:coordinators", "open",          "in  404 403 403 403 403 302 403"),
    get("deliveries:sign_off_pdf", "closed",         "in  404 403 403 403 403 200 403"),
    get("deliveries:stall_closing", "open_stall",    "in  404 403 403 403 403 200 403"),
    post("deliveries:stall_closing", "open_stall",   "in  404 403 403 403 403 302 403"),
    get("deliveries:minimum_decision", "waiting",    "in  404 403 403 403 403 200 403"),
    post("deliveries:minimum_decision", "waiting",   "in  404 403 403 403 403 302 403", data={"decision": "deliver"}),
    get("deliveries:stall_dropping", "open_stall",   "in  404 403 403 403 403 200 403"),
    post("deliveries:stall_dropping", "open_stall",  "in  404 403 403 403 403 422 403"),
    get("deliveries:order", "closed_order",          "in  404 403 403 403 403 200 403"),
    get("deliveries:line_correction", "closed_order", "in 404 403 403 403 403 200 403"),
    post("deliveries:line_correction", "closed_order", "in 404 403 403 403 403 422 403"),
    get("deliveries:grants", "closed_order",         "in  404 403 403 403 403 200 403"),
    post("deliveries:grants", "closed_order",        "in  404 403 403 403 403 422 403"),
    post("deliveries:grant_taking_back", "grant",    "in  404 403 403 403 403 302 403"),
    row("GET", "deliveries:live", "open",            "in  404 403 403 403 403 200 403",
        data={}, query="", stream=True),
    # What a farm prepares
    get("deliveries:stall", "open_stall",            "in  404 403 403 200 403 200 200"),
    get("deliveries:stall", "invited",               "in  404 404 404 200 404 200 200"),
    get("deliveries:pick_lists", "",                 "in  200 200 200 200 200 200 200"),
    get("deliveries:pick_list", "pick_list",         "in  404 403 403 200 403 200 200"),
    get("deliveries:pick_list_pdf", "pick_list",     "in  404 403 403 200 403 200 200"),
    get("deliveries:pick_list_xlsx", "pick_list",    "in  404 403 403 200 403 200 200"),
    post("deliveries:pick_list_mailing", "pick_list", "in 404 403 403 302 403 302 403"),
    post("deliveries:acknowledgement", "pick_list",  "in  404 403 403 302 403 302 403"),
    get("deliveries:acknowledgement_link", "seen_token", "200 200 200 200 200 200 200 200"),
    post("deliveries:acknowledgement_link", "seen_token", "302 302 302 302 302 302 302 302"),
    get("deliveries:acknowledgement_link", "=guess", "404 404 404 404 404 404 404 404"),
]
# fmt: on

# What other people wrote, by the module of its views, and why it needs no rows.
OTHERS = {
    "allauth.": "sign-up, sign-in, mfa, sessions: one's own account only, tried in tests/cagette/test_accounts.py",
    "django.contrib.admin.": "each of its pages asks for staff, tried in tests/cagette/test_admin.py",
    "django.contrib.auth.admin": "the admin's pages on users",
    "django.contrib.contenttypes.views": "the admin's way to a page on the site, behind its gate",
    "django.contrib.sitemaps.views": "what anybody may read, tried in tests/cagette/test_search_engines.py",
    "django.views.generic.base": "the admin's redirections from addresses it had long ago",
    "django.views.i18n": "choosing a language is for everybody, and a cookie",
}
