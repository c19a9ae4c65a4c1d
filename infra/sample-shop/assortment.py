"""What the shop sells: each category's kinds of product, price ranges, colours and copy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of product within a category.

    `noun` may hold one choice, "{24|28} l daypack". `shape` names the variant its
    drawing function draws. Prices are in euro, weights in grams.
    """

    noun: str
    shape: str
    price: tuple[int, int]
    weight: tuple[int, int]
    materials: tuple[str, ...]
    styles: tuple[str, ...]
    seasons: tuple[str, ...]
    tags: tuple[str, ...]
    about: str


@dataclass(frozen=True)
class Category:
    prefix: str  # of its item ids
    count: int
    home: bool  # its models take a homely name, and its pictures a room
    colours: tuple[str, ...]
    kinds: tuple[Kind, ...]
    lines: tuple[str, ...]  # the second sentence of a description


def _kind(noun, shape, price, weight, materials, styles, seasons, tags, about) -> Kind:
    return Kind(noun, shape, price, weight, tuple(materials.split(", ")), tuple(styles.split()),
                tuple(seasons.split()), tuple(tags.split(", ")), about)


def _category(prefix, count, home, colours, kinds, lines) -> Category:
    return Category(prefix, count, home, tuple(colours.split()), tuple(kinds), tuple(lines))


OUTDOOR = {
    "tents": _category("tent", 30, False, "moss pine ochre rust slate teal sand berry", [
        _kind("{1|2}-person tent", "dome", (190, 560), (900, 1900), "ripstop nylon, recycled nylon", "ultralight expedition minimal", "spring summer autumn", "hiking, lightweight, freestanding", "Two poles, one hub and four pegs: up in three minutes, even with cold fingers."),
        _kind("{2|3}-person tunnel tent", "tunnel", (260, 780), (2200, 3600), "ripstop nylon, recycled polyester", "expedition family nordic", "summer autumn winter", "storm-proof, vestibule", "A low tunnel with a deep porch that takes two packs and a wet dog."),
        _kind("{4|5|6}-person family tent", "ridge", (240, 690), (7800, 14500), "recycled polyester, polycotton", "family playful", "spring summer", "family, campsite, standing height", "Two bedrooms, one living room, and a ceiling you can stand up under."),
        _kind("bell tent", "bell", (390, 890), (14000, 24000), "cotton canvas, polycotton", "family playful heritage", "summer", "glamping, canvas, stove-ready", "A round room in the meadow, with walls that roll up on warm evenings."),
    ], ["The seams are taped and the zips run with one hand.", "Spare pegs and a repair patch are in the bag.", "The instructions are sewn into the bag, where they cannot get lost.", "Packs away without a fight."]),
    "sleeping-bags": _category("bag", 26, False, "pine navy rust ochre plum teal charcoal berry", [
        _kind("{0|-3} °C down sleeping bag", "mummy", (220, 540), (620, 1150), "responsible down, recycled nylon", "ultralight expedition nordic", "autumn winter spring", "down, mummy, lightweight", "Box baffles keep the down where you are cold, not where it falls."),
        _kind("{5|8} °C sleeping bag", "mummy", (75, 190), (900, 1500), "recycled polyester, synthetic fill", "ultralight family", "spring summer autumn", "synthetic, three-season", "Warm when damp, quick to dry, and easy to wash at home."),
        _kind("double sleeping bag", "wide", (110, 240), (2400, 3400), "brushed cotton, recycled polyester", "family playful", "summer spring", "double, campsite", "Wide enough for two, and it unzips into a pair of quilts."),
        _kind("junior sleeping bag", "wide", (39, 95), (800, 1200), "recycled polyester, synthetic fill", "family playful", "summer", "children, growing length", "The foot end unzips as the camper grows."),
    ], ["Comes with a stuff sack and a roomy bag for storing it.", "The zip runs both ways.", "A small inside pocket keeps a torch to hand.", "The zip guard does what it should."]),
    "sleeping-mats": _category("mat", 22, False, "ochre moss slate teal rust sky charcoal", [
        _kind("inflatable sleeping mat", "tubes", (70, 210), (380, 720), "recycled nylon, ripstop nylon", "ultralight expedition", "all", "lightweight, insulated", "Seven centimetres of air and a film that sends your warmth back."),
        _kind("self-inflating mat", "tubes", (45, 140), (900, 2200), "recycled polyester, open-cell foam", "family playful", "spring summer autumn", "campsite, comfortable", "Open the valve, make tea, close the valve."),
        _kind("foam roll mat", "roll", (16, 48), (290, 480), "closed-cell foam, recycled foam", "ultralight family", "all", "foam, unbreakable", "Nothing to inflate, nothing to puncture, and a fine seat at lunch."),
    ], ["Rolls into its own strap.", "The surface does not slip, even on a slope.", "Grippy side up.", "Wipes clean and dries in minutes."]),
    "backpacks": _category("pack", 30, False, "slate moss ochre navy rust charcoal teal pine plum", [
        _kind("{38|45|52} l trekking pack", "trek", (120, 320), (780, 1900), "ripstop nylon, recycled nylon", "ultralight expedition nordic", "spring summer autumn", "hiking, adjustable back", "Carries a week of food without swinging, and breathes while it does."),
        _kind("{18|22|28} l daypack", "day", (49, 150), (420, 900), "recycled polyester, ripstop nylon", "ultralight playful minimal", "all", "day trip, hiking", "The right size for a flask, a jacket and whatever you find on the way."),
        _kind("{20|24} l roll-top", "roll", (79, 210), (700, 1200), "waxed cotton, recycled polyester", "urban minimal", "all", "commuting, laptop, waterproof", "A padded sleeve for a laptop, and a top that rolls to fit the shopping."),
        _kind("canvas rucksack", "day", (85, 230), (900, 1500), "waxed cotton, cotton canvas", "heritage urban rustic", "all", "canvas, leather straps", "Waxed canvas that looks better every autumn."),
    ], ["The side pockets take a bottle each.", "Loops for poles, a clip for keys.", "Stands up by itself when you put it down.", "The straps sit well on broad and narrow shoulders."]),
    "stoves": _category("stove", 22, False, "steel charcoal rust copper moss ochre", [
        _kind("gas stove", "burner", (32, 120), (70, 240), "stainless steel, titanium", "ultralight minimal expedition", "all", "gas, lightweight, fast", "Half a litre of tea in under three minutes."),
        _kind("two-burner stove", "double", (70, 190), (3200, 5200), "enamelled steel, stainless steel", "family", "spring summer", "gas, campsite, family", "Porridge on the left, coffee on the right, and a lid against the wind."),
        _kind("folding wood stove", "wood", (38, 150), (450, 2200), "stainless steel, titanium", "rustic ultralight heritage", "autumn spring summer", "wood, no gas", "Runs on twigs, folds flat, and forgives wet hands."),
    ], ["Holds a small pan as steadily as a large one.", "Steady on uneven ground.", "Simmers as well as it roars.", "Replacement parts are sold one by one."]),
    "cookware": _category("pan", 26, False, "steel charcoal cream rust navy moss sky berry", [
        _kind("camping pot set", "set", (35, 120), (400, 1500), "hard-anodised aluminium, stainless steel", "family ultralight playful", "spring summer autumn", "nesting, campsite", "Two pots, one pan and a lid that drains, all inside each other."),
        _kind("{0.9|1.3} l titanium pot", "pot", (45, 110), (110, 190), "titanium", "ultralight minimal", "all", "titanium, lightweight", "A gas cartridge fits inside, and the handles fold around it."),
        _kind("cast-iron frying pan", "pan", (32, 95), (1800, 2900), "cast iron", "rustic heritage", "all", "cast iron, campfire, kitchen", "For the fire on Saturday and the hob on Monday."),
        _kind("enamel casserole", "pot", (38, 110), (1300, 2600), "enamelled steel", "family rustic heritage", "autumn winter all", "enamel, kitchen, one-pot", "Stew for four, and it goes straight to the table."),
    ], ["Suits gas, hob and open fire.", "Pours without dripping.", "Comes with a cloth bag.", "Cleans with warm water and a brush."]),
    "camp-chairs": _category("chair", 20, False, "moss rust navy ochre sand teal berry charcoal", [
        _kind("folding camp chair", "arms", (29, 110), (2400, 4200), "recycled polyester, cotton canvas", "family playful", "summer spring", "campsite, cup holder", "Opens in one move and forgives uneven ground."),
        _kind("wooden camp chair", "wood", (89, 240), (3600, 5400), "ash and canvas, oak and canvas", "heritage rustic", "summer autumn", "canvas, garden", "Ash, brass and canvas, put together without a tool."),
        _kind("low fireside chair", "low", (45, 140), (900, 2100), "recycled polyester, ripstop nylon", "family ultralight playful", "summer autumn spring", "campfire, packable", "Sits close to the embers and packs as small as a bottle."),
    ], ["Holds 120 kg without a creak.", "The cover comes off for washing.", "Comes with a bag to carry it in.", "Every part can be ordered as a spare."]),
    "lanterns": _category("lantern", 22, False, "ochre rust pine charcoal steel copper teal cream", [
        _kind("storm lantern", "storm", (24, 85), (500, 950), "galvanised steel, powder-coated steel", "heritage rustic", "autumn winter all", "campfire, garden", "The old shape, with a warm flame that wind does not find."),
        _kind("rechargeable camp lantern", "tube", (25, 110), (180, 520), "recycled plastic, aluminium", "family minimal playful nordic", "all", "led, rechargeable", "Dim enough to read a bedtime story, bright enough to find the pegs."),
        _kind("collapsible lantern", "globe", (19, 60), (85, 210), "silicone, recycled plastic", "ultralight family minimal", "summer autumn spring", "led, lightweight, packable", "Folds flat, floats, and hangs from any loop."),
    ], ["Burns through a long evening and the next.", "Hangs or stands.", "Light to find the door by, and to leave it open with.", "Warm light, no glare."]),
    "boots": _category("boot", 30, False, "walnut moss charcoal rust navy sand slate ochre", [
        _kind("hiking boots", "hike", (130, 290), (980, 1500), "nubuck leather, suede and mesh", "expedition nordic heritage", "autumn spring winter", "hiking, waterproof, ankle support", "A cuff that is soft from the first mile and a sole that holds on wet rock."),
        _kind("trail shoes", "trail", (85, 180), (520, 760), "recycled mesh, ripstop mesh", "expedition urban playful", "spring summer autumn", "trail, lightweight, breathable", "Light on the way up, sure on the way down, dry by lunch."),
        _kind("Chelsea boots", "chelsea", (95, 240), (850, 1250), "full-grain leather, suede", "urban heritage minimal", "autumn winter all", "commuting, leather", "On in a second, and smart enough for the office."),
        _kind("rubber boots", "welly", (39, 120), (1400, 2100), "natural rubber", "rustic playful heritage", "autumn spring", "rain, garden, waterproof", "For puddles, gardens and the muddy end of the field."),
    ], ["Grips where it is wet.", "Runs true to size with a thick sock.", "Comfortable from the first day.", "The footbed is wool, and it comes out to dry."]),
    "rain-jackets": _category("jacket", 30, False, "lemon navy moss rust teal slate berry ochre pine sky", [
        _kind("hardshell jacket", "jacket", (180, 460), (280, 520), "three-layer recycled nylon, ripstop nylon", "expedition nordic", "autumn winter spring", "hiking, waterproof, windproof", "Three layers, taped throughout, with vents you can reach under a pack."),
        _kind("packable rain jacket", "jacket", (59, 170), (190, 360), "recycled nylon, recycled polyester", "urban playful minimal", "spring summer autumn", "packable, waterproof, commuting", "Lives in its own pocket until the sky changes its mind."),
        _kind("city parka", "parka", (140, 360), (780, 1250), "waxed cotton, recycled polyester", "urban heritage minimal", "autumn winter", "commuting, waterproof, insulated", "Long enough to cycle in, quiet enough for a meeting."),
        _kind("rain poncho", "poncho", (29, 85), (240, 420), "recycled polyester, recycled nylon", "playful family", "summer spring", "festival, waterproof", "Goes over you, your pack and, at a pinch, your neighbour."),
    ], ["The hood follows your head.", "No harmful coatings; water still runs off.", "Dries overnight on a hook.", "Reflective where it matters."]),
    "bottles": _category("bottle", 26, False, "teal ochre navy rose moss charcoal sky rust lilac mint", [
        _kind("{0.5|0.75} l steel bottle", "bottle", (19, 48), (240, 380), "stainless steel, recycled steel", "minimal urban playful", "all", "commuting, leak-proof", "One wall, one lid, nothing to break."),
        _kind("{0.75|1.0} l vacuum flask", "flask", (32, 78), (420, 640), "stainless steel, recycled steel", "heritage urban minimal", "winter autumn", "insulated, hot drinks", "Tea at eight in the morning, still tea at four."),
        _kind("soft flask", "soft", (14, 34), (40, 90), "food-safe film, silicone", "ultralight minimal", "summer spring", "lightweight, running", "Rolls up as it empties."),
        _kind("children's bottle", "kids", (12, 28), (150, 240), "stainless steel, recycled plastic", "playful family", "all", "children, leak-proof, school", "A straw that survives a school bag."),
    ], ["Opens with one hand.", "Spare lids and seals are always in stock.", "Dishwasher-safe, lid and all.", "Does not leak. We carried it upside down for a week."]),
}

HOME = {
    "mugs": _category("mug", 32, True, "cream moss sky rust navy rose ochre charcoal mint chalk berry", [
        _kind("stoneware mug", "round", (14, 36), (310, 430), "stoneware", "rustic nordic minimal heritage", "all autumn winter", "handmade, coffee, tea", "Thrown by hand, so no two handles are quite alike."),
        _kind("enamel mug", "enamel", (9, 24), (120, 190), "enamelled steel", "rustic heritage playful family", "all", "camping, unbreakable", "Chips a little, breaks never."),
        _kind("insulated travel mug", "travel", (22, 49), (260, 360), "stainless steel, recycled steel", "urban minimal playful", "all winter", "commuting, coffee, leak-proof", "Fits under the machine, fits in the cup holder, does not drip on the train."),
        _kind("espresso cup", "small", (9, 26), (120, 190), "porcelain, stoneware", "minimal urban nordic", "all", "coffee, espresso, gift", "Thick walls, small volume, warm to the last sip."),
    ], ["Smooth at the rim.", "Comfortable in a cold hand.", "Dishwasher-safe.", "Comes in a box fit for giving."]),
    "kettles": _category("kettle", 24, True, "steel copper charcoal cream pine berry chalk sky", [
        _kind("stove-top kettle", "round", (38, 130), (780, 1300), "stainless steel, enamelled steel", "heritage rustic nordic playful", "all autumn", "tea, kitchen, whistling", "A whistle that is a note and not an alarm."),
        _kind("gooseneck kettle", "goose", (55, 189), (650, 1250), "stainless steel", "minimal urban", "all", "coffee, pour-over, precise", "A thin, steady stream that goes where you look."),
        _kind("camp kettle", "camp", (22, 68), (190, 420), "hard-anodised aluminium, stainless steel", "rustic heritage playful", "summer autumn spring", "campsite, campfire, tea", "Low and wide: boils fast and does not tip."),
    ], ["The lid stays on while you pour.", "Holds four large cups.", "The handle stays cool.", "Descales with a spoon of vinegar."]),
    "coffee-makers": _category("coffee", 28, True, "steel charcoal copper chalk rust navy mint berry", [
        _kind("{3|6}-cup moka pot", "moka", (24, 75), (420, 780), "aluminium, stainless steel", "heritage urban playful", "all", "coffee, espresso, stove-top", "The sound of Sunday, in four minutes."),
        _kind("{0.6|1.0} l French press", "press", (26, 95), (520, 980), "glass and steel, stainless steel", "minimal heritage nordic", "all", "coffee, kitchen", "Coarse grounds, four minutes, press."),
        _kind("pour-over set", "drip", (29, 120), (450, 850), "porcelain and glass, stoneware and glass", "minimal nordic urban", "all", "coffee, pour-over, slow", "Cone, carafe and forty filters: everything but the beans."),
        _kind("hand coffee grinder", "grinder", (45, 210), (420, 720), "steel and walnut, aluminium", "minimal heritage urban", "all", "coffee, grinder, travel", "Steel burrs, thirty turns, one very good cup."),
    ], ["Spare parts cost little and are always in stock.", "Easy to take apart and rinse.", "A measuring spoon is in the box.", "Made to be repaired."]),
    "blankets": _category("blanket", 32, True, "oat rust moss slate berry ochre navy rose sand pine cream", [
        _kind("wool blanket", "folded", (79, 240), (900, 1600), "lambswool, recycled wool", "nordic heritage rustic minimal", "winter autumn", "wool, woven, sofa", "Woven wide, brushed once, and finished with a fringe."),
        _kind("cotton throw", "draped", (35, 110), (700, 1200), "organic cotton, cotton and linen", "nordic minimal playful rustic", "all spring summer", "cotton, sofa, washable", "The one that is always on the sofa and never on the shelf."),
        _kind("picnic blanket", "rolled", (29, 95), (1100, 1900), "recycled wool, recycled polyester", "family heritage playful", "summer spring", "picnic, waterproof back, outdoor", "Soft above, waterproof below, with a strap to carry it by."),
    ], ["Softer after each wash.", "Large enough for two and a cat.", "Dyed in small batches.", "Folds to the size of a cushion."]),
    "cushions": _category("cushion", 26, True, "rust ochre moss rose oat navy teal plum sand sky", [
        _kind("{45|50} cm cushion", "square", (24, 85), (450, 780), "linen, organic cotton, lambswool", "nordic minimal rustic playful", "all autumn", "sofa, washable cover", "A woven front, a plain back, and feathers that do not creep out."),
        _kind("round cushion", "round", (26, 79), (420, 700), "velvet, organic cotton", "playful minimal nordic", "all winter", "sofa, velvet", "A full moon for the end of the sofa."),
        _kind("lumbar cushion", "long", (29, 95), (480, 820), "lambswool, linen", "heritage rustic nordic", "all winter autumn", "reading, sofa", "Long and low, for the chair you read in."),
    ], ["The cover unzips and washes at 30 degrees.", "Filled with recycled fibre.", "Piped by hand.", "Made to be leaned on."]),
    "lamps": _category("lamp", 28, True, "ochre cream charcoal moss rust sky chalk rose steel copper", [
        _kind("table lamp", "table", (49, 190), (1400, 3200), "stoneware and linen, oak and linen", "nordic rustic minimal heritage", "all autumn winter", "bedside, dimmable, warm light", "A linen shade that turns any bulb into evening."),
        _kind("desk lamp", "desk", (59, 240), (1600, 2800), "powder-coated steel, aluminium", "urban minimal playful", "all", "desk, adjustable", "Two joints, one counterweight, and it stays where you leave it."),
        _kind("pendant lamp", "pendant", (69, 290), (900, 2400), "spun aluminium, paper, rattan", "nordic minimal rustic playful", "all", "dining table, ceiling", "Hang it low over the table and the room gathers round."),
        _kind("floor lamp", "floor", (99, 360), (3800, 6900), "oak and linen, powder-coated steel", "minimal nordic urban", "all winter", "reading, living room", "A thin stem, a wide shade and a pool of light to read in."),
    ], ["Sits well with old furniture and new.", "Two metres of woven cable.", "The bulb is included, and warm.", "Dims without humming."]),
    "candles": _category("candle", 25, True, "cream rust pine rose charcoal oat plum moss chalk", [
        _kind("scented candle", "jar", (16, 54), (320, 620), "soy wax, rapeseed wax", "nordic minimal playful rustic", "autumn winter all", "scented, gift, evening", "Smoke, moss and orange peel, in a jar worth keeping."),
        _kind("pillar candle", "pillar", (9, 32), (400, 900), "beeswax, rapeseed wax", "rustic heritage nordic", "winter autumn", "unscented, table", "Burns straight, slow and clean, some seventy hours of it."),
        _kind("set of dinner candles", "tapers", (9, 28), (300, 480), "beeswax, rapeseed wax", "nordic heritage playful minimal", "winter all", "unscented, table, gift", "Six tall ones, dyed through and through."),
    ], ["A cotton wick, no lead, no soot.", "Burns evenly to the end.", "Poured by hand in small batches.", "Comes wrapped in paper."]),
}

CATEGORIES = OUTDOOR | HOME
STYLES = ("ultralight", "expedition", "family", "heritage", "nordic", "minimal", "rustic", "urban", "playful")
