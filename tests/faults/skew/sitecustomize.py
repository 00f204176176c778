"""Gives this process a wrong clock: by as many seconds as the file says for a word of its command.

Python runs this at the start of every process that has this folder on its path.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path


def _seconds_wrong() -> float:
    file = Path(os.environ.get("FAULTS_SKEW_FILE", ""))
    if not file.is_file():
        return 0.0
    offsets_of_file: dict[str, float] = json.loads(file.read_text())
    command = " ".join(sys.orig_argv)
    return next((seconds for word, seconds in offsets_of_file.items() if word in command), 0.0)


if seconds_wrong := _seconds_wrong():
    import time_machine

    wrong = datetime.now(UTC) + timedelta(seconds=seconds_wrong)
    time_machine.travel(wrong, tick=True).start()
