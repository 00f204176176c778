"""Copies of an uploaded poster in the sizes of the pages, so that phones load small files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

from movies.models import Movie

FORMATS = ("JPEG", "PNG", "WEBP")
PIXELS_MAX = 40_000_000  # decoding needs up to four bytes of memory for each
WIDTHS_PIXELS = (160, 400, 800)
QUALITY_PERCENT = 80
# A JPEG is decoded at the smallest scale that still has this width and height.
DECODED_PIXELS_MIN = 2 * max(WIDTHS_PIXELS)


class UnreadablePoster(ValueError):
    """No picture of a known format, damaged, or too large to be decoded."""


@dataclass(frozen=True, slots=True)
class ResizedPoster:
    width: int
    content: bytes


def resize_poster(file: IO[bytes]) -> list[ResizedPoster]:
    """Return WebP copies of a picture, narrowest first, none wider than the picture itself.

    Raises UnreadablePoster.
    """
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise UnreadablePoster
            picture.draft(None, (DECODED_PIXELS_MIN, DECODED_PIXELS_MIN))
            ImageOps.exif_transpose(picture, in_place=True)
            return _copies(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadablePoster from error


def _copies(picture: Image.Image) -> list[ResizedPoster]:
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    # The colour profile of another mode, such as CMYK, does not describe the converted colours.
    profile = picture.info.get("icc_profile") if picture.mode == mode else None
    converted = picture if picture.mode == mode else picture.convert(mode)
    copies = []
    for width in sorted({min(width, picture.width) for width in WIDTHS_PIXELS}):
        height = max(1, round(picture.height * width / picture.width))
        small = converted.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        content = BytesIO()
        small.save(content, "WEBP", quality=QUALITY_PERCENT, icc_profile=profile or b"")
        copies.append(ResizedPoster(width, content.getvalue()))
    return copies


def save_resized_posters(movie: Movie, copies: Sequence[ResizedPoster]) -> None:
    """Store ``copies`` beside the film's poster, in place of those of an earlier poster.

    Files of earlier posters stay, as the posters themselves do: cached pages still name them.
    """
    storage, original = movie.poster.storage, movie.poster.name
    movie.resized_posters = [
        {
            "name": storage.save(f"{original}-{copy.width}.webp", ContentFile(copy.content)),
            "width": copy.width,
        }
        for copy in copies
    ]
    movie.save(update_fields=["resized_posters"])
