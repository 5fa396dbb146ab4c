"""Draw icon and logo of the integration: a handset with a presence dot.

    python -m scripts.brand

Home Assistant's rules: PNG with a transparent background, square icons, logos in landscape,
each also in double size; a `dark_` variant is for dark themes and optional.
"""

from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

_FOLDER: Final = (
    Path(__file__).parents[1] / "custom_components" / "ringcentral" / "brand"
)
# Drawn larger and reduced: that makes smooth edges.
_SIZE: Final = 2048
_ICON: Final = 256

_ORANGE: Final = (247, 126, 40)
_WHITE: Final = (255, 255, 255)
_GREEN: Final = (46, 184, 92)
_DARK_TEXT: Final = (45, 52, 64)

type _Box = tuple[float, float, float, float]


def _box(left: float, top: float, right: float, bottom: float) -> _Box:
    """Return a box given in fractions of the image's width."""
    return left * _SIZE, top * _SIZE, right * _SIZE, bottom * _SIZE


def _circle(x: float, y: float, radius: float) -> _Box:
    return _box(x - radius, y - radius, x + radius, y + radius)


def _mask() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    mask = Image.new("L", (_SIZE, _SIZE))
    return mask, ImageDraw.Draw(mask)


def _square() -> Image.Image:
    """Return the background: a rounded square."""
    square = Image.new("RGB", (_SIZE, _SIZE), _ORANGE)
    mask, draw = _mask()
    draw.rounded_rectangle(_box(0, 0, 1, 1), 0.22 * _SIZE, fill=255)
    square.putalpha(mask)
    return square


def _handset() -> Image.Image:
    """Return the shape of a handset that leans to the left."""
    mask, draw = _mask()
    # A bow, with an ear piece and a mouth piece at its ends.
    draw.arc(_circle(0.5, 0.8, 0.52), 222, 318, fill=255, width=int(0.14 * _SIZE))
    for left in (0.08, 0.67):
        draw.rounded_rectangle(
            _box(left, 0.34, left + 0.25, 0.59), 0.07 * _SIZE, fill=255
        )
    return mask.rotate(45, Image.Resampling.BICUBIC)


def _dot() -> tuple[Image.Image, Image.Image]:
    """Return the shape of the presence dot, and that of the gap around it."""
    dot, draw = _mask()
    draw.ellipse(_circle(0.75, 0.75, 0.135), fill=255)
    gap, draw = _mask()
    draw.ellipse(_circle(0.75, 0.75, 0.175), fill=255)
    return dot, gap


def draw_icon() -> Image.Image:
    """Return the icon in the size that it is drawn in."""
    icon = _square()
    dot, gap = _dot()
    icon.paste(_WHITE, mask=ImageChops.subtract(_handset(), gap))
    icon.paste(_WHITE, mask=gap)
    icon.paste(_GREEN, mask=dot)
    return icon


def draw_logo(icon: Image.Image, text_color: tuple[int, int, int]) -> Image.Image:
    """Return the icon with the name beside it."""
    font = ImageFont.load_default(0.42 * _SIZE)
    lines = ("RingCentral", "Presence")
    width = max(font.getlength(line) for line in lines)
    left = 1.14 * _SIZE
    logo = Image.new("RGBA", (int(left + width), _SIZE))
    logo.paste(icon, (0, 0))
    draw = ImageDraw.Draw(logo)
    for line, middle in zip(lines, (0.27, 0.75), strict=True):
        draw.text((left, middle * _SIZE), line, text_color, font, anchor="lm")
    return logo


def save(image: Image.Image, name: str) -> None:
    """Write an image in single and double size."""
    for suffix, height in (("", _ICON), ("@2x", 2 * _ICON)):
        width = round(image.width * height / image.height)
        reduced = image.resize((width, height), Image.Resampling.LANCZOS)
        reduced.quantize(method=Image.Quantize.FASTOCTREE).save(
            _FOLDER / f"{name}{suffix}.png", optimize=True
        )


def main() -> None:
    """Draw all of them."""
    _FOLDER.mkdir(exist_ok=True)
    icon = draw_icon()
    save(icon, "icon")
    save(draw_logo(icon, _DARK_TEXT), "logo")
    save(draw_logo(icon, _WHITE), "dark_logo")


if __name__ == "__main__":
    main()
