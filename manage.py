#!/usr/bin/env python
"""Operators' commands; ``manage.py help`` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")
    # A migration or a restore may take longer than a request ever should.
    os.environ.setdefault("DATABASE_TIMEOUTS", "false")
    execute_from_command_line(sys.argv)
