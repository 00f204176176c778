"""Words of the search: normalised text and the distance between two words."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

# Stop words; ignored unless nothing else is searched for.
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "dan",
        "dari",
        "de",
        "di",
        "film",
        "films",
        "for",
        "in",
        "ke",
        "movie",
        "nonton",
        "of",
        "on",
        "pada",
        "tentang",
        "the",
        "to",
        "watch",
        "with",
        "yang",
    ]
)
ONE_TYPO_LETTERS = 4  # shorter words must match exactly
TWO_TYPOS_LETTERS = 8
WORD = re.compile(r"[^\W_]+")


def normalise(text: str) -> str:
    """Lower case without diacritics: ``Ngöbrol`` becomes ``ngobrol``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The normalised words of a text; an apostrophe joins (``jum'at`` is ``jumat``)."""
    return WORD.findall(normalise(re.sub(r"['’`]", "", text)))


def compact(text: str) -> str:
    """A text without spaces and punctuation: ``Spider-Man`` is ``spiderman``."""
    return "".join(words_of(text))


def typos_allowed(word: str) -> int:
    if word.isdigit() or len(word) < ONE_TYPO_LETTERS:
        return 0
    return 2 if len(word) >= TWO_TYPOS_LETTERS else 1


def typos_between(one: str, other: str, limit: int) -> int:
    """Letters to insert, delete, replace or swap with a neighbour; ``limit + 1`` for more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, its in enumerate(other, start=1):
            cost = min(
                previous[column] + 1,
                current[column - 1] + 1,
                previous[column - 1] + (letter != its),
            )
            is_swap = row > 1 and column > 1 and (letter, one[row - 2]) == (other[column - 2], its)
            current.append(min(cost, before[column - 2] + 1) if is_swap else cost)
        if min(current) > limit:
            return limit + 1
        before, previous = previous, current
    return min(previous[-1], limit + 1)


class Vocabulary:
    """Words by their pairs of letters, so that few of them are compared with a wrong one."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._by_pair: dict[str, set[str]] = defaultdict(set)
        for word in self._words:
            for pair in _pairs(word):
                self._by_pair[pair].add(word)

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def starting_with(self, beginning: str) -> list[str]:
        return [word for word in self._words if word.startswith(beginning)]

    def containing(self, part: str) -> list[str]:
        return [word for word in self._words if part in word]

    def similar(self, word: str) -> dict[str, int]:
        """Words that differ by a typo or two, with how many."""
        limit = typos_allowed(word)
        if not limit:
            return {}
        candidates: set[str] = set()
        for pair in _pairs(word):
            candidates |= self._by_pair.get(pair, set())
        typos = {each: typos_between(word, each, limit) for each in candidates}
        return {each: count for each, count in typos.items() if count <= limit}


def _pairs(word: str) -> set[str]:
    return {word[at : at + 2] for at in range(len(word) - 1)} | {f"^{word[:1]}", f"{word[-1:]}$"}
