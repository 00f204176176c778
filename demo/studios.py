"""The thirteen studios of the demo chain and their seating plans.

A plan has one line per row, the screen at the top: the row's label, then one character per cell
(r regular, p premiere, c half of a couple seat, w wheelchair space, a companion seat, _ aisle).
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

BENCHMARK_SEATS = 200


@dataclass(frozen=True, slots=True)
class DemoStudio:
    name: str
    studio_class: str  # regular, premiere, sofa, large
    grid: str
    opens_minute: int  # the first show of the day, in local minutes since midnight
    cleaning_minutes: int = 15
    shows_3d: bool = False
    shows_shorts: bool = False  # opens its day with short films
    shows_midnight: bool = False  # Fridays, at a quarter past midnight

    @property
    def seats(self) -> int:
        rows = (line.split(maxsplit=1)[1] for line in self.grid.splitlines() if line.strip())
        return sum(len(row) - row.count("_") for row in rows)


def _grid(text: str) -> str:
    return dedent(text).strip("\n")


JAKARTA = (
    DemoStudio(
        "Studio 1",
        "large",
        _grid("""
            A  ____wa_rrrrrrrr_aw____
            B  rrrrrr_rrrrrrrr_rrrrrr
            C  rrrrrr_rrrrrrrr_rrrrrr
            D  rrrrrr_rrrrrrrr_rrrrrr
            E  rrrrrr_rrrrrrrr_rrrrrr

            F  rrrrrr_rrrrrrrr_rrrrrr
            G  rrrrrr_rrrrrrrr_rrrrrr
            H  rrrrrr_rrrrrrrr_rrrrrr
            J  rrrrrr_rrrrrrrr_rrrrrr

            K  pppppp_pppppppp_pppppp
            L  pppppp_pppppppp_pppppp
            M  pppppp_pppppppp_pppppp
        """),
        opens_minute=10 * 60 + 30,
        cleaning_minutes=20,
        shows_midnight=True,
    ),
    DemoStudio(
        "Studio 2",
        "regular",
        _grid("""
            A  ___wa_rrrrrrrr_aw___
            B  rrrrr_rrrrrrrr_rrrrr
            C  rrrrr_rrrrrrrr_rrrrr
            D  rrrrr_rrrrrrrr_rrrrr
            E  rrrrr_rrrrrrrr_rrrrr
            F  rrrrr_rrrrrrrr_rrrrr

            G  rrrrr_rrrrrrrr_rrrrr
            H  rrrrr_rrrrrrrr_rrrrr
            J  rrrrr_rrrrrrrr_rrrrr
            K  rrrrr_rrrrrrrr_rrrrr
            L  rrrrr_rrrrrrrr_rrrrr
            M  ______cccccccc______
        """),
        opens_minute=10 * 60 + 45,
        shows_3d=True,
    ),
    DemoStudio(
        "Premiere 3",
        "premiere",
        _grid("""
            A  _pp_pppp_pp_
            B  _pp_pppp_pp_
            C  _pp_pppp_pp_
            D  _pp_pppp_pp_

            E  _wa_pppp_aw_
        """),
        opens_minute=11 * 60,
    ),
    DemoStudio(
        "Sofa 4",
        "sofa",
        _grid("""
            A  cc_cc_cc
            B  cc_cc_cc
            C  cc_cc_cc

            D  cc_cc_cc
        """),
        opens_minute=11 * 60 + 15,
        shows_shorts=True,
    ),
)

YOGYAKARTA = (
    DemoStudio(
        "Studio 1",
        "regular",
        _grid("""
            A  _rrrr_rrrrrr_rrrr_
            B  rrrrr_rrrrrr_rrrrr
            C  rrrrr_rrrrrr_rrrrr
            D  rrrrr_rrrrrr_rrrrr
            E  rrrrr_rrrrrr_rrrrr

            F  rrrrr_rrrrrr_rrrrr
            G  rrrrr_rrrrrr_rrrrr
            H  rrrrr_rrrrrr_rrrrr
            J  rwaaw_cccccc_rrrrr
        """),
        opens_minute=10 * 60 + 30,
        shows_3d=True,
        shows_midnight=True,
    ),
    DemoStudio(
        "Studio 2",
        "regular",
        _grid("""
            A  wa_rrrrrr_aw
            B  rrrrrrrr_rrrr
            C  rrrrrrrr_rrrr
            D  rrrrrrrr_rrrr

            E  rrrrrrrr_rrrr
            F  rrrrrrrr_rrrr
            G  rrrrrrrr_rrrr
            H  cccccccc_cccc
        """),
        opens_minute=10 * 60 + 45,
        shows_shorts=True,
    ),
    DemoStudio(
        "Sofa 3",
        "sofa",
        _grid("""
            A  cccc_cccc
            B  cccc_cccc

            C  cccc_cccc
            D  cc_wa_cc
        """),
        opens_minute=11 * 60 + 30,
    ),
)

MAKASSAR = (
    DemoStudio(
        "Studio 1",
        "large",
        _grid("""
            A  ___wa_rrrrrrrr_aw___
            B  rrrrr_rrrrrrrr_rrrrr
            C  rrrrr_rrrrrrrr_rrrrr
            D  rrrrr_rrrrrrrr_rrrrr
            E  rrrrr_rrrrrrrr_rrrrr
            F  rrrrr_rrrrrrrr_rrrrr

            G  rrrrr_rrrrrrrr_rrrrr
            H  rrrrr_rrrrrrrr_rrrrr
            J  rrrrr_rrrrrrrr_rrrrr
            K  ppppp_pppppppp_ppppp
            L  ppppp_pppppppp_ppppp
            M  ppppp_pppppppp_ppppp
        """),
        opens_minute=10 * 60 + 30,
        cleaning_minutes=20,
        shows_midnight=True,
    ),
    DemoStudio(
        "Studio 2",
        "regular",
        _grid("""
            A  __rrrr_rrrr_rrrr__
            B  rrrrrr_rrrr_rrrrrr
            C  rrrrrr_rrrr_rrrrrr
            D  rrrrrr_rrrr_rrrrrr

            E  rrrrrr_rrrr_rrrrrr
            F  rrrrrr_rrrr_rrrrrr
            G  rrrrrr_rrrr_rrrrrr
            H  waawaa_cccc_cccccc
        """),
        opens_minute=10 * 60 + 45,
        shows_3d=True,
        shows_shorts=True,
    ),
    DemoStudio(
        "Premiere 3",
        "premiere",
        _grid("""
            A  pp_ppp_pp
            B  pp_ppp_pp
            C  pp_ppp_pp

            D  pp_awa_pp
        """),
        opens_minute=11 * 60,
    ),
)

JAYAPURA = (
    DemoStudio(
        "Studio 1",
        "regular",
        _grid("""
            A  wa_rrr_rrrr_rrr_aw
            B  rrrrrr_rrrr_rrrrrr
            C  rrrrrr_rrrr_rrrrrr
            D  rrrrrr_rrrr_rrrrrr
            E  rrrrrr_rrrr_rrrrrr

            F  rrrrrr_rrrr_rrrrrr
            G  rrrrrr_rrrr_rrrrrr
            H  rrrrrr_rrrr_rrrrrr
        """),
        opens_minute=10 * 60 + 30,
        shows_3d=True,
        shows_midnight=True,
    ),
    DemoStudio(
        "Studio 2",
        "regular",
        _grid("""
            A  rrrrr_rrrrr
            B  rrrrr_rrrrr
            C  rrrrr_rrrrr
            D  rrrrr_rrrrr

            E  rrrrr_rrrrr
            F  rrrrr_rrrrr
            G  rwaaw_rrrrr
            H  cccc___cccc
        """),
        opens_minute=10 * 60 + 45,
        shows_shorts=True,
    ),
    DemoStudio(
        "Premiere 3",
        "premiere",
        _grid("""
            A  pp_pp_pp
            B  pp_pp_pp

            C  pp_pp_pp
            D  pp_wa_pp
        """),
        opens_minute=11 * 60 + 15,
    ),
)
