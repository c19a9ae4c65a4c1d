"""Draws a product: one function per category, coloured by the product, varied by its seed."""

from random import Random

from . import camp, home, kitchen, wear
from .brush import COLOURS, Brush

DRAWINGS = {
    "tents": camp.tent, "sleeping-bags": camp.sleeping_bag, "sleeping-mats": camp.sleeping_mat,
    "camp-chairs": camp.camp_chair, "lanterns": camp.lantern, "stoves": camp.stove,
    "backpacks": wear.backpack, "boots": wear.boot, "rain-jackets": wear.rain_jacket, "bottles": wear.bottle,
    "mugs": kitchen.mug, "kettles": kitchen.kettle, "coffee-makers": kitchen.coffee_maker,
    "cookware": kitchen.cookware, "blankets": home.blanket, "cushions": home.cushion, "lamps": home.lamp,
    "candles": home.candle, "gift-cards": home.gift_card,
}


def draw(category: str, shape: str, colour: str, title: str, seed: str) -> str:
    """The picture as SVG text. The same arguments give the same bytes."""
    brush = Brush(colour, Random(seed))
    DRAWINGS[category](brush, shape)
    return brush.svg(title)


__all__ = ["COLOURS", "DRAWINGS", "draw"]
