"""Who makes the goods: the shop's brands, all invented, and the names they give their models."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Brand:
    """A maker. `level` is how dear it is within a category: 0 the cheapest, 1 the dearest."""

    name: str
    level: float
    styles: tuple[str, ...]
    categories: tuple[str, ...]


def _brand(name: str, level: float, styles: str, categories: str) -> Brand:
    return Brand(name, level, tuple(styles.split()), tuple(categories.split()))


BRANDS = (
    _brand("Cairnmoss", 0.80, "ultralight expedition", "tents sleeping-bags sleeping-mats backpacks stoves"),
    _brand("Ravelock", 0.60, "ultralight minimal", "tents stoves cookware bottles lanterns backpacks"),
    _brand("Tarnwick", 0.35, "family playful", "tents sleeping-bags sleeping-mats camp-chairs lanterns cookware stoves"),
    _brand("Norrvinge", 0.95, "expedition nordic", "tents sleeping-bags rain-jackets boots backpacks"),
    _brand("Brackenholt", 0.55, "heritage rustic", "boots blankets backpacks camp-chairs lanterns mugs"),
    _brand("Pinnock Field", 0.25, "family playful", "camp-chairs cookware bottles rain-jackets blankets mugs tents sleeping-bags"),
    _brand("Gustavane", 0.70, "urban minimal", "rain-jackets backpacks boots bottles"),
    _brand("Strideholm", 0.50, "expedition urban", "boots rain-jackets"),
    _brand("Lumenfold", 0.60, "minimal nordic", "lamps lanterns"),
    _brand("Emberlane", 0.45, "rustic heritage", "candles lanterns lamps stoves cookware camp-chairs"),
    _brand("Hearthwick", 0.50, "rustic nordic", "mugs kettles cushions blankets candles"),
    _brand("Kettlewright", 0.70, "heritage minimal", "kettles coffee-makers mugs cookware"),
    _brand("Quillstone", 0.85, "minimal urban", "coffee-makers kettles mugs lamps"),
    _brand("Saltmarrow", 0.30, "urban playful", "bottles mugs backpacks rain-jackets boots coffee-makers"),
    _brand("Skerrywool", 0.75, "nordic heritage", "blankets cushions"),
    _brand("Dapplewood", 0.40, "rustic playful", "cushions lamps candles mugs blankets"),
    _brand("Halden Loom", 0.90, "nordic minimal", "blankets cushions lamps candles"),
    _brand("Plover & Pike", 0.65, "heritage urban", "rain-jackets boots bottles coffee-makers backpacks"),
    _brand("Fennimoor", 0.20, "family ultralight", "sleeping-bags sleeping-mats stoves lanterns tents camp-chairs cookware"),
    _brand("Larkmere", 0.15, "playful nordic", "mugs lamps candles cushions kettles coffee-makers bottles"),
)

OUTDOOR_MODELS = (
    "Lapwing Curlew Heron Siskin Kestrel Dunlin Merlin Osprey Ptarmigan Swift Skua Wheatear "
    "Larch Alder Rowan Juniper Sorrel Bracken Heath Sedge Aspen Bilberry Cloudberry Yarrow "
    "Squall Drift Gale Breeze Rime Thaw Sleet Halo Fathom Eddy Rill Torrent "
    "Saddle Col Scree Tor Fell Moor Glen Strand Skerry Cove Ford Summit"
).split()

HOME_MODELS = (
    "Clover Thistle Fennel Bramble Damson Quince Medlar Hazel Willow Fern Ivy Tansy "
    "Ember Kindle Dusk Vesper Candlemas Solstice Harvest Hush Linger Dapple Murmur Lull "
    "Inglenook Larder Pantry Gable Loft Lintel Threshold Orchard Paddock Hayloft Dovecote Mill "
    "Pebble Shale Tide Harbour Lantern Cobble Marl Flint Acorn Burr Teasel Wren"
).split()
