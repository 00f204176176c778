"""Makes what tests copy: a migrated database and the data folders of a first start."""

from __future__ import annotations

import os

from tests.runtime.prepared import prepare
from tests.template_database import migrated_template

if __name__ == "__main__":
    migrated_template(os.environ["DATABASE_URL"])
    prepare()
