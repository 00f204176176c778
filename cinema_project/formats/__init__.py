"""How dates and hours are written: short, by the 24-hour clock, alike in both languages.

Django's own are those of American English ("6 p.m.") and of formal Indonesian ("18.00"), and a
page that had both beside the site's own "18:00" read like three programs.
"""

DATE_FORMAT = "j M Y"
SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
