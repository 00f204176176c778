"""Retired names that the code base must not use again.

Each was replaced by a standard term or by a package named for its concept (docs/structure.md).
"""

from __future__ import annotations

# Modules, by the top-level folder that held them, without ``.py``.
MODULES = {
    "accounts": """
        adapter addresses api api_tokens api_urls authentications confirmation data_views
        erasure erasure_journal letters limits office_app office_site passkeys people
        personal_data reauthentication second_factors serializers sign_in sign_in_stages
        staff_access wire
    """,
    "backups": """
        alone drills restoring runs sealing
    """,
    "bookings": """
        access api api_urls backup_checks board board_access board_answers board_changes
        board_forms board_pages board_plan_forms board_plans board_urls cancellation
        checkin checkin_api checkout closing confirming erased_again expiry forms grants
        history_admin ledger locks order_rows payment_rows payments/midtrans
        payments/midtrans_answers payments/protocol payments/sandbox_bank/admin
        payments/sandbox_bank/api payments/sandbox_bank/apps payments/sandbox_bank/charges
        payments/sandbox_bank/clock payments/sandbox_bank/errors
        payments/sandbox_bank/models payments/sandbox_bank/parsing
        payments/sandbox_bank/signing payments/sandbox_bank/tasks
        payments/sandbox_bank/urls payments/sandbox_bank/views
        payments/sandbox_bank/webhooks payments/stripe payments/stripe_answers
        payments/stripe_signature payouts policy_admin polling price_preview pricing
        reconciliation recovery refund_admin refund_retrying refund_terms refunds
        resending serializers settlement showtime_admin showtime_cancellation
        showtime_moving templatetags/bookings_words ticket_calendar ticket_codes
        ticket_offers ticket_pdf ticket_words tickets urls views/booking views/checkout
        views/door views/payment views/private voucher_refusals vouchers webhook_urls
        webhooks
    """,
    "cinema_project": """
        api_schema beat cluster/__main__ cluster/arguments cluster/members cluster/nginx
        cluster/nginx_conf cluster/rolling cluster/run context health json_bodies
        live_routes liveserver logs metrics observing office_clock office_menu
        office_words postgresql/base problems recorded_task routers rubbish
        runner/__main__ runner/arguments runner/environment runner/folder runner/prepare
        runner/readiness runner/run runner/services runner/steps runner/stores
        runner/supervisor settings/background settings/environment settings/files
        settings/logs settings/messages settings/office settings/parts settings/people
        settings/safety settings/selling settings/site settings/stores short_way standing
        stores/account stores/books stores/errors stores/guard stores/leftovers
        stores/postgres stores/programs stores/throwaway stores/valkey stores/watchdog
        webserver
    """,
    "movies": """
        admin_forms api api_answers api_examples api_pages api_paths api_urls bodies
        catalogue entries generations history history_admin history_filters
        history_telling history_words importing importing_admin importing_columns
        importing_files importing_films importing_sheets importing_showtimes
        importing_uploads importing_values listings moving office office_money posts
        prepared pricecards programming programming_copies programming_fillings
        programming_plans replica rights rights_backend row_ids selection serializers
        staff_admin templatetags/money urls views wall_clock
    """,
    "notifications": """
        compose emails facts history mail_files queue sms/protocol sms/wire sms_texts
        wanted_again
    """,
    "reports": """
        alerts/models alerts/owing alerts/pages alerts/sending alerts/writing
        announcements backup_checks consumers desk desk_cache desk_counts desk_page
        desk_shapes desk_words discrepancies export_pages exporting/jobs exporting/models
        exporting/orders exporting/queue exports/csv_file exports/pdf_file exports/sheet
        exports/writing exports/xlsx_file figures/document figures/places figures/slice
        heartbeats/beating heartbeats/models heartbeats/watching hoarding incident_actions
        incident_kinds incident_pages incidents invariants/bookings
        invariants/cancellations invariants/check invariants/invariant invariants/money
        invariants/seats limits looks/backups looks/look looks/messages looks/payments
        looks/refunds relay report_forms report_pages routing sales schedules/again
        schedules/pages schedules/sending seats/changing seats/history seats/models
        seats/pages seats/picture status/check status/page status/stores status/work watch
    """,
    "seating": """
        api api_urls bodies caps consumers drawing first_tap grid held hoarding holds
        layout_admin layout_changes layout_preview layout_rows layouts limits live moving
        outlets page racing refusals relay releasing routing rows sales sealed seatmap
        serializers short_way urls views visitors words
    """,
}

# Functions, classes and constants by the folder in which none may be defined; "": anywhere.
DEFINITIONS = {
    "": """
        AT_HAND_SECONDS Ear DaphneOutlet Outlet PreparedQuery QueueOutlet Resettling Right Steps
        TooSlow Wish _farewells _taken_apart bump demand everything_back give_post hang_up has_right
        homeless is_race keeps_history owe owe_refund owing plainly_lost racing resettle rows_of
        take_all take_free take_post tapping try_for_turn whence with_story
    """,
    "accounts": "Limit take give_back note spend",
    "bookings": "Limit grant said told words",
    "core": "Limit Line Outage.look array ask give_back line note spend take tell",
    "movies": "Selection forget wish Film Hall Place Showing Slot _write_down",
    "notifications": "said told words",
    "ops": "Charge Guard books say tend",
    "reports": """
        Look Sheet Slice about bundle heal look over said see tell told typed words written
    """,
    "movies/api": "Cinema Movie Showtime",
    "seating": "Shown Tie greet guests holding opened remembered shown told viewers voice words",
}
