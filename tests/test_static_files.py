"""Delivered form of our stylesheets and scripts."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from cinema_project.static_files import IMPORT, STYLESHEET, StaticFilesStorage
from core.templatetags.modules import modulepreload

SOURCE = Path(settings.BASE_DIR) / "static"


def collected(root: Path) -> str:
    """The stylesheet that pages link to, as ``collectstatic`` leaves it in ``root``."""
    shutil.copytree(SOURCE, root, dirs_exist_ok=True)
    names = [str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*") if file.is_file()]
    source = FileSystemStorage(location=SOURCE)
    storage = StaticFilesStorage(location=root, base_url="/static/")
    wanted = [name for name in names if name.startswith(("css/", "js/", "icons/", "fonts/"))]
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


def test_modules_import_each_other_by_hashed_names(tmp_path: Path) -> None:
    shutil.copytree(SOURCE / "js", tmp_path / "js")
    names = [str(file.relative_to(SOURCE)) for file in (SOURCE / "js").rglob("*.js")]
    source = FileSystemStorage(location=SOURCE)
    storage = StaticFilesStorage(location=tmp_path, base_url="/static/")
    list(storage.post_process({name: (source, name) for name in names}))

    plain = [
        name
        for name in names
        for imported in re.findall(
            r'^import[^"]*"(.+)"', (tmp_path / storage.stored_name(name)).read_text(), re.MULTILINE
        )
        if not re.search(r"\.[0-9a-f]{12}\.js$", imported)
    ]
    assert plain == []


def test_delivered_scripts_and_styles_have_no_comments(tmp_path: Path) -> None:
    style = collected(tmp_path)
    script = (tmp_path / "js" / "seats" / "store.js").read_text()

    assert ("/*" in style, "/*" in script) == (False, False)
    assert script.lstrip().startswith("export class SeatStore")


def test_modulepreload_names_a_module_and_everything_it_imports() -> None:
    preloaded = re.findall(r"js/([\w/-]+)", modulepreload("js/checkout/shared-ticket.js"))

    assert preloaded == ["checkout/shared-ticket", "offline", "checkout/qr-screen"]
