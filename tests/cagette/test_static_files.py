"""What collectstatic makes of the stylesheets, and that templates keep to the content security policy."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage

from cagette.static_files import (
    Paths,
    UnfoldableScriptError,
    fold,
    fold_script,
    folded_scripts,
    folded_stylesheets,
)
from cagette.templatetags.icons import CATEGORIES, category_icon, icon

STATIC = settings.BASE_DIR / "static"


def stored(**files: str) -> Paths:
    storage = InMemoryStorage()
    names = {name: name.replace("__", "/") + ".css" for name in files}
    for key, text in files.items():
        storage.save(names[key], ContentFile(text.encode()))
    return {name: (storage, name) for name in names.values()}


def test_imports_are_replaced_by_their_text_in_their_layer() -> None:
    paths = stored(
        css__all='/* why */ @layer a, b;\n@import url("parts/one.css") layer(a);\n@import url("two.css");',
        css__parts__one='.one { background: url("../../icons/x.svg"); }',
        css__two=".two { color: red; }",
    )
    text = '@layer a, b;\n@layer a{.one { background: url("../icons/x.svg"); }}\n.two { color: red; }'
    assert fold(paths, "css/all.css") == text


def test_only_stylesheets_that_import_are_folded() -> None:
    paths = stored(css__all='@import url("two.css");', css__two=".two { color: red; }")
    assert list(folded_stylesheets(paths)) == ["css/all.css"]


def scripts(**texts: str) -> Paths:
    storage = InMemoryStorage()
    for name, text in texts.items():
        storage.save(f"js/{name}.js", ContentFile(text.encode()))
    return {f"js/{name}.js": (storage, f"js/{name}.js") for name in texts}


def test_a_script_is_folded_with_what_it_imports_each_once() -> None:
    paths = scripts(
        page='import { one as first } from "./a.js";\nimport { two } from "./b.js";\nfirst(two);\n',
        a='// why\nimport { two } from "./b.js";\nexport function one() { return two; }\n',
        b="export const two = 2;\n",
    )
    assert list(folded_scripts(paths)) == ["js/page.js", "js/a.js"]
    assert fold_script(paths, "js/page.js") == (
        "const module0 = (() => {\nconst two = 2;\nreturn { two };\n})();\n"
        "const module1 = (() => {\nconst { two } = module0;\nfunction one() { return two; }\nreturn { one };\n})();\n"
        "const module2 = (() => {\nconst { one: first } = module1;\nconst { two } = module0;\nfirst(two);\n"
        "return {  };\n})();\n"
    )


@pytest.mark.parametrize(
    "text", ['import x from "./b.js";\n', "export default 1;\n", "export let n = 1;\n", 'const b = import("./b.js");\n']
)
def test_a_script_that_cannot_be_folded_is_refused(text: str) -> None:
    with pytest.raises(UnfoldableScriptError):
        fold_script(scripts(page=text, b="export const two = 2;\n"), "js/page.js")


def test_every_script_of_ours_can_be_folded() -> None:
    files = {str(path.relative_to(STATIC)) for path in STATIC.rglob("js/**/*.js")}
    paths: Paths = {name: (StaticFilesStorage(location=str(STATIC)), name) for name in files}
    assert all("import " not in fold_script(paths, name) for name in folded_scripts(paths))


def test_the_stylesheet_of_every_page_holds_every_component() -> None:
    files = {str(path.relative_to(STATIC)) for path in STATIC.rglob("css/**/*.css")}
    paths: Paths = {name: (StaticFilesStorage(location=str(STATIC)), name) for name in files}
    imported = {f"css/{url}" for url in re.findall(r'@import url\("(.+?)"\)', (STATIC / "css/cagette.css").read_text())}
    assert imported == {name for name in files if "/pages/" not in name and name != "css/cagette.css"}
    assert "@import" not in fold(paths, "css/cagette.css")


def test_pages_have_their_rules_in_the_layer_of_pages() -> None:
    for path in (STATIC / "css/pages").glob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL).strip()
        assert rules.startswith("@layer pages {"), path.name


def test_every_icon_that_a_template_names_is_drawn() -> None:
    templates = [path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")]
    names = {name for text in templates for name in re.findall(r'{%\s*icon "([\w-]+)"', text)}
    assert {name for name in names if not finders.find(f"icons/{name}.svg")} == set()


def test_every_category_is_drawn() -> None:
    sprite = (STATIC / "icons/categories.svg").read_text()
    assert set(re.findall(r'<symbol id="(\w+)"', sprite)) == CATEGORIES


def test_an_icon_is_decoration_unless_it_has_a_name() -> None:
    assert 'aria-hidden="true"' in icon("clock")
    assert 'role="img" aria-label="&lt;b&gt;"' in icon("clock", "<b>")


def test_an_unknown_category_gets_the_crate() -> None:
    assert category_icon("unheard-of").endswith('#other"/></svg>')


def test_no_template_has_an_inline_style_script_or_handler() -> None:
    """A block of JSON is data, which no browser runs and no policy forbids."""
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        if {"mail", "pdf"} & set(path.parts):
            continue
        text = path.read_text()
        data = r'src=|type="application/(?:ld\+)?json"'
        found = re.findall(rf'<style\b|\sstyle=|\son[a-z]+="|<script(?![^>]*\b(?:{data}))[^>]*>', text)
        assert found == [], path
