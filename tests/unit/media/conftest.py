"""Lets the tests of pictures share ``picturekit``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # pytest puts no folder of tests on the path by itself
