"""Admin texts of libraries without an Indonesian translation, collected for makemessages.

Our message catalogue takes precedence, so these translations apply to the libraries' pages.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

# The schedule of background tasks, visible to superusers only.
SCHEDULE_TEXTS = (
    _("Periodic Tasks"),
    _("clocked"),
    _("crontab"),
    _("crontabs"),
    _("interval"),
    _("intervals"),
    _("periodic task"),
    _("periodic tasks"),
    _("solar event"),
    _("solar events"),
)
TEXTS = (
    _("Add row"),
    _("After you've created a user, you’ll be able to edit more user options."),
    _("All applications"),
    _("Apply Filters"),
    _("Choose file to upload"),
    _("Click to cancel"),
    _("Click to download"),
    _("Dark"),
    _("Date from"),
    _("Date to"),
    _("Expand row"),
    _("False"),
    _("Filters"),
    _("Forgotten your password or username?"),
    _("General"),
    _("Go back"),
    _("Image preview"),
    _("Light"),
    _("Loading more results..."),
    _("More actions"),
    _("No data"),
    _("No recent searches"),
    _("No results found"),
    _("No results matching your query"),
    _("Previous"),
    _("Recent searches"),
    _("Record picture"),
    _("Reset filters"),
    _("Return to site"),
    _("Run"),
    _("Search apps and models..."),
    _("Select action"),
    _("Select action to run"),
    _("Select all rows"),
    _("Select currency"),
    _("Select format"),
    _("Select record"),
    _("Select value"),
    _("Submit"),
    _("System"),
    _("This item will be deleted."),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("Toggle password visibility"),
    _("True"),
    _("Type to search"),
    _("Value"),
    _("Welcome"),
    _("You have been successfully logged out from the administration"),
)
