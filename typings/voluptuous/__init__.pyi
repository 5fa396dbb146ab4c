# Home Assistant answers `import voluptuous` with its own engine since 2026.9.
from probatio import *
