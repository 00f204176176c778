"""A page's accessibility tree without what differs from day to day, compared with a recorded file.

``RECORD_TREES=1 bin/test tests/browser/test_accessibility_trees.py`` records the files again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator

FOLDER = Path(__file__).parent / "trees"
INDENT = 2
# What is replaced, in this order.
VARIABLE: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b(SU|\d\d\+)"), "CLASS"),
    (re.compile(r"\b[A-Z0-9]{8}\b"), "CODE"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\b"), "Day"),
    (re.compile(r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b"), "Month"),
    (re.compile(r"\b(Row|seat) [A-Z]\b"), r"\1 A"),
    (re.compile(r"\b[A-Z]\d+\b"), "A0"),
    (re.compile(r"Rp[\d,]+(?= entertainment tax)"), "TAX"),  # the film's, national or imported
    # Amounts stay: those of a showtime have stand-ins.
    (re.compile(r"(Rp\d[\d,]*)|(?<!level=)\d+([.,:]\d+)*"), lambda found: found[1] or "0"),
)
# Their content depends on the day, the film or the hall.
CLOSED = re.compile(r'(navigation "Day"|region "About the film")')
IN_A_LIST = "[level=3]"  # heading of an article that stands among others
LEFT_OUT = re.compile(r'(/url:|option |time: |region "Age rule")')


@dataclass
class Node:
    text: str
    children: list[Node] = field(default_factory=list)

    def lines(self, depth: int = 0) -> Iterator[str]:
        yield " " * INDENT * depth + self.text
        for child in self.children:
            yield from child.lines(depth + 1)


def tree_of(places: Iterable[Locator], names: dict[str, str]) -> str:
    """The trees of the places one after the other; ``names``: their stand-ins."""
    shots = [place.aria_snapshot() for place in places]
    nodes = [node for shot in shots for node in _pruned(_parse(shot, names))]
    return "\n".join(line for node in nodes for line in node.lines()) + "\n"


def recorded(name: str, tree: str) -> str:
    """What the tree has to be."""
    file = FOLDER / f"{name}.yml"
    if os.environ.get("RECORD_TREES"):
        file.write_text(tree)
    return file.read_text()


def _parse(shot: str, names: dict[str, str]) -> list[Node]:
    root = Node("")
    path = [root]
    for line in shot.splitlines():
        text = line.strip()
        for name, stand_in in names.items():
            text = text.replace(name, stand_in)
        for pattern, replacement in VARIABLE:
            text = pattern.sub(replacement, text)
        node = Node(text)
        depth = (len(line) - len(line.lstrip())) // INDENT
        del path[depth + 1 :]
        path[-1].children.append(node)
        path.append(node)
    return root.children


def _pruned(nodes: list[Node]) -> list[Node]:
    """Without repetitions, and without what is different on another day."""
    kept: list[Node] = []
    for node in nodes:
        role = node.text.removeprefix("- ").removeprefix("'")
        if LEFT_OUT.match(role):
            continue
        children = [] if CLOSED.match(role) or _is_one_of_many(node) else _pruned(node.children)
        new = Node(node.text if children else node.text.removesuffix(":"), children)
        if not kept or list(kept[-1].lines()) != list(new.lines()):
            kept.append(new)
    return kept


def _is_one_of_many(node: Node) -> bool:
    first = node.children[0].text if node.children else ""
    return node.text.startswith("- article") and IN_A_LIST in first
