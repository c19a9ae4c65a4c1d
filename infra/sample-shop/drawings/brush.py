"""Colours and the few strokes every drawing is made of. The canvas is 400 x 400."""

from random import Random
from xml.sax.saxutils import escape

COLOURS = {
    "moss": "#75864f", "pine": "#2f6152", "ochre": "#d79f34", "rust": "#bd5a34", "sand": "#d6c09c",
    "oat": "#e2d5bb", "cream": "#f3e8d0", "chalk": "#f1efe8", "charcoal": "#454b53", "slate": "#66798a",
    "steel": "#b3bcc3", "sky": "#82b4d1", "navy": "#2d4a78", "teal": "#2d8a8d", "plum": "#7c4669",
    "rose": "#d98f92", "berry": "#a83b52", "lilac": "#a99ac9", "lemon": "#edcb4c", "copper": "#bd7a4b",
    "walnut": "#775038", "mint": "#9dcdb5",
}
INK, WOOD, BRASS, METAL, GLOW = "#2f343d", "#b98a5a", "#c9a24f", "#c3cad0", "#ffdf8e"
PALE_WALLS = ("#e8efe4", "#f4ead8", "#e2edf3", "#f4e4dc", "#e9e6f2", "#f0ede6")
DEEP_WALLS = ("#8faa9b", "#c79f86", "#8aa6b9", "#ab9bb4", "#b0a888")


def mix(colour: str, other: str, share: float) -> str:
    """`colour` moved towards `other` by `share`, 0 to 1."""
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(other[1:]))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def lightness(colour: str) -> float:
    """Perceived lightness, 0 black to 1 white."""
    red, green, blue = bytes.fromhex(colour[1:])
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


class Brush:
    """Collects the strokes of one picture, in the product's colour.

    `base`, `light` and `dark` are that colour in three tones; `rng` is the picture's own.
    """

    def __init__(self, colour: str, rng: Random):
        self.base = COLOURS[colour]
        self.light = mix(self.base, "#ffffff", 0.3)
        self.dark = mix(self.base, "#1d2430", 0.3)
        self.rng = rng
        walls = DEEP_WALLS if lightness(self.base) > 0.76 else PALE_WALLS
        self.wall = rng.choice(walls)
        self._strokes: list[str] = []

    def path(self, d: str, fill: str) -> None:
        self._strokes.append(f'<path d="{d}" fill="{fill}"/>')

    def line(self, d: str, colour: str, width: float = 4) -> None:
        self._strokes.append(
            f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="round"/>')

    def rect(self, x: float, y: float, width: float, height: float, fill: str, round_: float = 0) -> None:
        corner = f' rx="{round_:g}"' if round_ else ""
        self._strokes.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{corner} fill="{fill}"/>')

    def oval(self, x: float, y: float, rx: float, ry: float, fill: str) -> None:
        self._strokes.append(f'<ellipse cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{ry:g}" fill="{fill}"/>')

    def turn(self, degrees: float) -> None:
        """Turns what follows about the middle of the canvas, until `done`."""
        self._strokes.append(f'<g transform="rotate({degrees:g} 200 200)">')

    def done(self) -> None:
        self._strokes.append("</g>")

    def band(self, x: float, y: float, width: float, height: float) -> None:
        """Decorates a box of the product's surface: stripes, dots, a zigzag, or nothing."""
        tone = self.light if lightness(self.base) < 0.6 else self.dark
        match self.rng.choice(("stripes", "dots", "zigzag", "plain")):
            case "stripes":
                for part in (0.15, 0.45, 0.75):
                    self.rect(x, round(y + height * part), width, max(3, round(height * 0.12)), tone)
            case "dots":
                step, top = width / 6, y + height / 2
                dots = "".join(f"M{x + step * (i + 0.5):.0f} {top:.0f}h.1" for i in range(6))
                self.line(dots, tone, max(6, round(height * 0.22)))
            case "zigzag":
                step = width / 8
                points = " ".join(f"{x + step * i:.0f} {y + height * (0.7 if i % 2 else 0.3):.0f}" for i in range(9))
                self._strokes.append(f'<polyline points="{points}" fill="none" stroke="{tone}" stroke-width="6"/>')

    def svg(self, title: str) -> str:
        """The whole picture, one stroke a line, so that a change reads well in a diff."""
        head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">'
        return "\n".join([head, f"<title>{escape(title)}</title>", *self._strokes, "</svg>"]) + "\n"
