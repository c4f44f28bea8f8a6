"""One folder, and the only way in which tools touch what is in it.

workspace   what tools hold: find, read, write and edit the files of one folder, and never leave it
folder      a folder that is held open: every step starts from what was really opened, never from a path
names       which words are paths inside of a workspace, what is closed, and what a person is asked about
find        the walk through the folders
text        bytes as text, without a loss on the way back; what a file is that is no text
look        what a model asks about a workspace: list, read, search, count
share       whose workspace it is: the host's, or one for each tenant, caller or run
"""

from executus_core.workspace.names import asks_before_writing
from executus_core.workspace.share import Share, Sharing
from executus_core.workspace.workspace import Entry, Listing, Workspace, Written

__all__ = ["Entry", "Listing", "Share", "Sharing", "Workspace", "Written", "asks_before_writing"]
