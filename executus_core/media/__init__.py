"""Pictures: told from other files, read from wherever they are, and made into what a provider takes.

kind     which picture a file is, by what it begins with
plain    whether a file is a picture and nothing beside
limits   what a provider takes
decode   from bytes to pixels, or one sentence about why not
encode   from pixels to bytes within limits
fit      a picture made to fit, on a thread
read     a picture from bytes, a path, a data URL or a URL
"""

from executus_core.media.fit import fit_image
from executus_core.media.kind import find_picture
from executus_core.media.limits import ImageLimits
from executus_core.media.read import read_image

__all__ = ["ImageLimits", "find_picture", "fit_image", "read_image"]
