"""What stands behind a product: a hillside, a room, or a plain disc."""

from .brush import Brush, mix


def hillside(brush: Brush) -> None:
    """Sky, sun and two hills; the ground is at y = 318."""
    rng, wall = brush.rng, brush.wall
    brush.rect(0, 0, 400, 400, wall)
    brush.oval(rng.randint(70, 330), rng.randint(70, 120), 34, 34, mix(wall, "#ffffff", 0.6))
    crest, dip = rng.randint(150, 205), rng.randint(200, 250)
    far, near = mix(wall, "#5b7a70", 0.22), mix(wall, "#5b7a70", 0.4)
    if rng.random() < 0.5:
        brush.path(f"M0 {dip}L{rng.randint(70, 130)} {crest}L210 {dip + 12}L{rng.randint(270, 330)} {crest + 15}L400 {dip}V400H0Z", far)
    else:
        brush.path(f"M0 {dip}Q110 {crest - 30} 220 {dip}T400 {crest + 30}V400H0Z", far)
    brush.path(f"M0 {rng.randint(275, 295)}Q200 {rng.randint(255, 275)} 400 {rng.randint(280, 298)}V400H0Z", near)


def room(brush: Brush) -> None:
    """A wall with a picture, a window or an arch, and a table top from y = 310."""
    rng, wall = brush.rng, brush.wall
    brush.rect(0, 0, 400, 400, wall)
    tint = mix(wall, "#ffffff", 0.45)
    match rng.choice(("arch", "disc", "window")):
        case "arch":
            brush.path("M90 310V190Q90 80 200 80T310 190V310Z", tint)
        case "disc":
            brush.oval(200, 190, 145, 145, tint)
        case "window":
            brush.rect(70, 50, 260, 215, tint, 8)
            brush.line("M200 54V262M74 155H326", wall, 7)
    brush.rect(0, 310, 400, 90, mix(wall, "#8a6242", 0.45))
    brush.rect(0, 310, 400, 7, mix(wall, "#ffffff", 0.35))


def plain(brush: Brush) -> None:
    """A disc on an even ground, for what is drawn without a floor."""
    brush.rect(0, 0, 400, 400, brush.wall)
    brush.oval(200, 200, 165, 165, mix(brush.wall, "#ffffff", 0.5))


def shadow(brush: Brush, x: float, y: float, rx: float, ry: float = 11) -> None:
    brush.oval(x, y, rx, ry, mix(brush.wall, "#2a2f36", 0.5))
