"""How a file says that its picture is synthetic: to people, and to the import of a project."""

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio import __version__
from studio.project.images import SYNTHETIC

NOTICE = "Synthetic pictures. Research use, not a diagnosis."
MARK = f"{SYNTHETIC} (CAN Studio)"
"""The EXIF description by which an import marks an image as synthetic, and keeps it marked."""

_DESCRIPTION, _SOFTWARE = 0x010E, 0x0131


def exif(synthetic: bool = True) -> Image.Exif:
    """What goes into the EXIF of a JPEG or PNG."""
    made = Image.Exif()
    if synthetic:
        made[_DESCRIPTION] = MARK
    made[_SOFTWARE] = f"CAN Studio {__version__}"
    return made


def png_text(synthetic: bool = True) -> PngInfo:
    """The text chunks of a PNG, which other viewers show."""
    text = PngInfo()
    if synthetic:
        text.add_text("Description", NOTICE)
    text.add_text("Software", f"CAN Studio {__version__}")
    return text
