"""How Sphinx makes a site of these pages: ``uv run nox -s docs``, then open ``build/docs/index.html``.

The pages are plain Markdown that a forge shows just as well, so nothing of Sphinx stands in them. The site loads nothing
from elsewhere: no font, no script, no inventory of another project.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

project = "executus"
author = "The executus maintainers"
copyright = author  # noqa: A001 - Sphinx's own word

extensions = ["myst_parser"]
exclude_patterns = ["_static"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4  # links lead to headings by the names that a forge gives them
nitpicky = True
smartquotes = False  # quotes and dots of messages are shown as a terminal shows them

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_permalinks_icon = "#"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "github-dark"

LINK = re.compile(r"\]\(([\w./-]+)\.md\)")


def add_contents(_: Sphinx, page: str, source: list[str]) -> None:
    """Make the sidebar from the links of an index page, so that a page is put in its place once, where people read."""
    if Path(page).name != "index":
        return
    for section in re.split(r"^#+ ", source[0], flags=re.MULTILINE):
        pages = "\n".join(LINK.findall(section))
        if pages:
            caption = section.partition("\n")[0]
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n"


def setup(app: Sphinx) -> None:
    """Let the contents be added when a page is read."""
    app.connect("source-read", add_contents)
