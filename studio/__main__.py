"""`python -m studio` is `can-studio`."""

import sys

from studio.cli.__main__ import main

sys.exit(main())
