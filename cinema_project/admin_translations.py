"""Words of libraries in the office that speak no Indonesian: here so that they get translated.

Our catalogue is asked before theirs, so a word that stands here is found there.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

# Of the schedule of background tasks, which only the owner of the installation sees.
SCHEDULE_WORDS = (
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
WORDS = (
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
