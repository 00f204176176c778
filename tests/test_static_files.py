"""What a browser is given of the stylesheets that are worked on."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from cinema_project.static_files import IMPORT, STYLESHEET, StaticFilesStorage

SOURCE = Path(settings.BASE_DIR) / "static"


def collected(root: Path) -> str:
    """The stylesheet that pages link to, as ``collectstatic`` leaves it in ``root``."""
    shutil.copytree(SOURCE, root, dirs_exist_ok=True)
    names = [str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*") if file.is_file()]
    source = FileSystemStorage(location=SOURCE)
    storage = StaticFilesStorage(location=root, base_url="/static/")
    wanted = [name for name in names if name.startswith(("css/", "icons/", "fonts/"))]
    list(storage.post_process({name: (source, name) for name in wanted}))
    linked: str = storage.stored_name(STYLESHEET)
    return (root / linked).read_text()


def test_stylesheet_is_fetched_whole_in_the_order_of_its_layers(tmp_path: Path) -> None:
    written = (SOURCE / STYLESHEET).read_text()

    first, again = collected(tmp_path), collected(tmp_path)

    assert first == again
    assert ("@import" in first, IMPORT.findall(written)[0]) == (False, ("reset.css", "reset"))
    order = [first.index(f"@layer {layer} {{") for _file, layer in IMPORT.findall(written)]
    assert order == sorted(order)
    assert first.count("{") == first.count("}")
    assert 'url("../fonts/plus-jakarta-sans-latin-wght-normal.' in first
