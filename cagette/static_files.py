"""Static files as production serves them: hashed, compressed, and each stylesheet with its imports folded in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

Paths = dict[str, tuple[Storage, str]]

IMPORT = re.compile(r'@import url\("(?P<url>[^"]+)"\)(?: layer\((?P<layer>[\w-]+)\))?;')
RELATIVE_URL = re.compile(r'url\("(?!/|data:|https?:|#)(?P<url>[^"]+)"\)')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INDENT = re.compile(r"\n\s*")


class FoldedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """One request for phones, one file per component for people.

    `@import url("x.css") layer(y);` becomes `@layer y { ... }`. The folded file holds what a browser would fetch by the
    imports, so development serves the same files as they stand and needs no build.
    """

    def post_process(self, paths: Paths, dry_run: bool = False, **options: Any) -> Iterator[tuple[str, str, bool]]:
        yield from super().post_process({**paths, **folded_stylesheets(paths)}, dry_run, **options)


def folded_stylesheets(paths: Paths) -> Paths:
    """The stylesheets among `paths` that import others, with the imports' text in their place."""
    memory = InMemoryStorage()
    folded: Paths = {}
    for name in paths:
        if name.startswith("css/") and name.endswith(".css") and IMPORT.search(_read(paths, name)):
            memory.save(name, ContentFile(fold(paths, name).encode()))
            folded[name] = (memory, name)
    return folded


def fold(paths: Paths, name: str) -> str:
    """The text of the stylesheet `name` without its comments, its imports replaced by what they import."""
    folder = posixpath.dirname(name)

    def imported(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, match["url"]))
        text = _moved(fold(paths, target), posixpath.dirname(target), folder)
        return f"@layer {match['layer']}{{{text}}}" if match["layer"] else text

    return IMPORT.sub(imported, INDENT.sub("\n", COMMENT.sub("", _read(paths, name))).strip())


def _moved(text: str, folder: str, to: str) -> str:
    """`text` with its relative addresses, which counted from `folder`, counting from `to`."""

    def address(match: re.Match[str]) -> str:
        return f'url("{posixpath.relpath(posixpath.join(folder, match["url"]), to)}")'

    return RELATIVE_URL.sub(address, text)


def _read(paths: Paths, name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        content: bytes = file.read()
    return content.decode()
