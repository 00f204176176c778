"""Preloading of JavaScript modules with everything they import."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

from django import template
from django.contrib.staticfiles.finders import find
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()
_IMPORT = re.compile(r'^(?:import|export)\b[^"]*?"(\.[^"]+)"', re.MULTILINE)


@register.simple_tag
def modulepreload(name: str) -> SafeString:
    """``<link rel="modulepreload">`` for a module and its imports: one round trip for all.

    Without it the browser discovers one level of imports after the other.
    """
    links = ((static(module),) for module in _with_imports(name))
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)


@cache
def _with_imports(name: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop(0)
        if module in found:
            continue
        found[module] = None
        path = find(module)
        source = Path(str(path)).read_text(encoding="utf-8")
        waiting += [normpath(join(dirname(module), each)) for each in _IMPORT.findall(source)]
    return tuple(found)
