"""docs/images/performance.svg: each figure against its goal, drawn without any library."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 760, 170, 120
ROW, TOP, BOTTOM = 30, 46, 30
BAR = 16
REACH_MAX = 2.5  # length of the axis, in goals; a longer bar is cut and labelled
MET, MISSED, GOAL = "#2f855a", "#c05621", "#718096"
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#4a5568}.h{font-weight:600}"
    "@media(prefers-color-scheme:dark){text{fill:#cbd5e0}}"
)


def draw(results: list[dict[str, Any]]) -> str:
    height = TOP + ROW * len(results) + BOTTOM
    unit = (WIDTH - LEFT - RIGHT) / REACH_MAX
    goal_at = LEFT + unit
    rows = [_row(number, result, unit) for number, result in enumerate(results)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            ' role="img" aria-label="Each figure against its goal">',
            f"<style>{STYLE}</style>",
            '<text class="h" x="10" y="20">Each figure against its goal; longer is better</text>',
            *rows,
            f'<path d="M{goal_at:.0f} {TOP - 8}V{height - BOTTOM + 4}" stroke="{GOAL}"'
            ' stroke-dasharray="4 3"/>',
            f'<text x="{goal_at:.0f}" y="{height - 10}" text-anchor="middle">goal</text>',
            "</svg>",
            "",
        ]
    )


def _row(number: int, result: dict[str, Any], unit: float) -> str:
    reached = result["value"] if result["ratio"] is None else result["ratio"]
    share = result["goal"] / reached if result["is_at_most"] else reached / result["goal"]
    top = TOP + ROW * number
    length = max(2.0, unit * min(share, REACH_MAX))
    sign = "≤" if result["is_at_most"] else "≥"
    middle = top + BAR - 3
    return (
        f'<text x="{LEFT - 10}" y="{middle}" text-anchor="end">{escape(result["name"])}</text>'
        f'<rect x="{LEFT}" y="{top}" width="{length:.0f}" height="{BAR}" rx="3"'
        f' fill="{MET if result["met"] else MISSED}"/>'
        f'<text x="{LEFT + length + 8:.0f}" y="{middle}">{reached:.2f} ({sign} {result["goal"]:g})'
        "</text>"
    )
