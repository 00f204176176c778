"""Date and time formats: short, 24-hour clock, the same in both languages.

Django's defaults are American ("6 p.m.") and formal Indonesian ("18.00").
"""

DATE_FORMAT = "j M Y"
SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
