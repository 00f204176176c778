"""Command line of `bin/run`, and the options it shares with `bin/cluster`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from ops.stores.ports_and_secrets import EVERYWHERE, LOOPBACK

ROOT = Path(__file__).resolve().parent.parent.parent
PROCESSES_MAX = 64
DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Arguments:
    host: str
    port: int
    live_port: int | None
    live_processes: int
    data: Path
    fresh: bool
    demo: bool
    hold_seconds: int | None
    ephemeral: bool


DESCRIPTION = (
    "Starts Layar: PostgreSQL, Valkey, web, live seats, worker and beat."
    " DATABASE_URL and REDIS_URL, where set, are used instead of the embedded stores."
)


def parse(
    argv: list[str] | None = None, *, prog: str = "bin/run", description: str = DESCRIPTION
) -> Arguments:
    parser = argparse.ArgumentParser(prog=prog, description=description)
    add_common(parser)
    parser.add_argument(
        "--host",
        choices=(LOOPBACK, EVERYWHERE),
        default=LOOPBACK,
        help=f"address to listen on: this machine only ({LOOPBACK}), or every network",
    )
    parser.add_argument("--live-port", type=port_number, help="of the live seats (one above)")
    parser.add_argument(
        "--live-processes", type=process_count, default=1, help="that share the live port (1)"
    )
    found = parser.parse_args(argv)
    return Arguments(
        host=found.host,
        port=found.port,
        live_port=found.live_port,
        live_processes=found.live_processes,
        data=found.data.resolve(),
        fresh=found.fresh,
        demo=not found.no_demo,
        hold_seconds=found.hold_seconds,
        ephemeral=found.ephemeral,
    )


def add_common(parser: argparse.ArgumentParser) -> None:
    """Adds the options of every way to run on one machine."""
    parser.add_argument("--port", type=port_number, default=DEFAULT_PORT, help="of the site (8000)")
    parser.add_argument("--data", type=Path, default=ROOT / "var", help="data folder (var)")
    parser.add_argument("--fresh", action="store_true", help="empty the data folder first")
    parser.add_argument("--no-demo", action="store_true", help="without the demo chain")
    parser.add_argument("--hold-seconds", type=_seconds, help="how long a seat is held (300)")
    parser.add_argument(
        "--throwaway",
        dest="ephemeral",
        action="store_true",
        help="for tests: faster stores that are not crash-safe",
    )


def port_number(word: str) -> int:
    return _whole_number(word, 1, 65_535)


def process_count(word: str) -> int:
    return _whole_number(word, 1, PROCESSES_MAX)


def _seconds(word: str) -> int:
    return _whole_number(word, 1, 24 * 60 * 60)


def _whole_number(word: str, least: int, most: int) -> int:
    if not word.isascii() or not word.isdigit() or not least <= int(word) <= most:
        raise argparse.ArgumentTypeError(f"{word!r} is not a whole number from {least} to {most}")
    return int(word)
