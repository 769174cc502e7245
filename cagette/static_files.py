"""Static files as production serves them: hashed, compressed, stylesheets and scripts with their imports folded in."""

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
SCRIPT_IMPORT = re.compile(r'^import (?:\{(?P<names>[^}]+)\} from )?"(?P<url>\.{1,2}/[^"]+)";\n', re.MULTILINE)
SCRIPT_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (?P<name>\w+))", re.MULTILINE)
SCRIPT_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
# Other ways to import and export, and waiting at the top, which a function can't.
UNFOLDABLE = re.compile(r"^(?:import|export|await)\b|\bimport\(", re.MULTILINE)


class UnfoldableScriptError(ValueError):
    """A script imports or exports in a way that `fold_script` doesn't know."""


class FoldedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """One request for phones, one file per component for people.

    `@import url("x.css") layer(y);` becomes `@layer y { ... }`, a module becomes a function that returns its exports.
    The folded file holds what a browser would fetch by the imports, so development serves the same files as they stand
    and needs no build.
    """

    def post_process(self, paths: Paths, dry_run: bool = False, **options: Any) -> Iterator[tuple[str, str, bool]]:
        folded = folded_stylesheets(paths) | folded_scripts(paths)
        yield from super().post_process({**paths, **folded}, dry_run, **options)


def folded_stylesheets(paths: Paths) -> Paths:
    """The stylesheets among `paths` that import others, with the imports' text in their place."""
    names = [name for name in paths if name.startswith("css/") and name.endswith(".css")]
    return _kept({name: fold(paths, name) for name in names if IMPORT.search(_read(paths, name))})


def folded_scripts(paths: Paths) -> Paths:
    """The modules among `paths` that import others, each with all it imports in one file."""
    names = [name for name in paths if name.startswith("js/") and name.endswith(".js")]
    return _kept({name: fold_script(paths, name) for name in names if SCRIPT_IMPORT.search(_read(paths, name))})


def _kept(texts: dict[str, str]) -> Paths:
    memory = InMemoryStorage()
    for name, text in texts.items():
        memory.save(name, ContentFile(text.encode()))
    return {name: (memory, name) for name in texts}


def fold(paths: Paths, name: str) -> str:
    """The text of the stylesheet `name` without its comments, its imports replaced by what they import."""
    folder = posixpath.dirname(name)

    def imported(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, match["url"]))
        text = _moved(fold(paths, target), posixpath.dirname(target), folder)
        return f"@layer {match['layer']}{{{text}}}" if match["layer"] else text

    return IMPORT.sub(imported, INDENT.sub("\n", COMMENT.sub("", _read(paths, name))).strip())


def fold_script(paths: Paths, name: str) -> str:
    """The text of the module `name` and of all it imports, each once, those imported first.

    Knows `import { a, b as c } from "./x.js";`, `import "./x.js";` and `export` before a function, a class or a const;
    raises UnfoldableScriptError on anything else.
    """
    done: dict[str, str] = {}
    folded: list[str] = []

    def add(module: str) -> str:
        if module in done:
            return done[module]
        text = _read(paths, module)
        folder = posixpath.dirname(module)

        def imported(match: re.Match[str]) -> str:
            known = add(posixpath.normpath(posixpath.join(folder, match["url"])))
            return f"const {{{match['names'].replace(' as ', ': ')}}} = {known};\n" if match["names"] else ""

        text = SCRIPT_COMMENT.sub("", SCRIPT_IMPORT.sub(imported, text))
        exported = ", ".join(SCRIPT_EXPORT.findall(text))
        text = SCRIPT_EXPORT.sub("", text)
        if found := UNFOLDABLE.search(text):
            raise UnfoldableScriptError(f"{module}: {text[found.start() :].partition(chr(10))[0]}")
        done[module] = f"module{len(done)}"
        folded.append(f"const {done[module]} = (() => {{\n{text}return {{ {exported} }};\n}})();\n")
        return done[module]

    add(name)
    return "".join(folded)


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
