"""Files of the workspace: list, read, search, write and edit.

pack         the tools
edits        exact replacements in a text
expression   lines that hold a text or match an expression
"""

from executus_tools_common.files.pack import build_tools

__all__ = ["build_tools"]
