#!/usr/bin/env python3
"""Writes the sample shop: items.jsonl and pictures/<item_id>.svg. The same code gives the same bytes.

    generate.py            write them
    generate.py --check    write nothing; exit 1 if what is there differs, or tastes.json names what is not sold
"""

import argparse
import json
import re
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random

sys.dont_write_bytecode = True

from assortment import CATEGORIES, STYLES, Category, Kind  # noqa: E402
from brands import BRANDS, HOME_MODELS, OUTDOOR_MODELS, Brand  # noqa: E402
from drawings import draw  # noqa: E402

SEED = "sample-shop-1"
NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)  # the shop's present: nothing is newer
OLDEST_DAYS = 730
HERE = Path(__file__).resolve().parent


def pretty_price(euro: float) -> float:
    """The nearest price a shop would print: 8.90, 24.50, 129.00, 285.00."""
    if euro < 20:
        return int(euro) + (0.5 if euro % 1 < 0.5 else 0.9)
    if euro < 100:
        return float(round(euro)) - 0.1 if round(euro) % 10 == 0 else float(round(euro))
    return float(5 * round(euro / 5)) - (1 if round(euro / 5) % 2 == 0 else 0)


def choose_noun(noun: str, rng: Random) -> str:
    return re.sub(r"\{([^}]*)\}", lambda found: rng.choice(found[1].split("|")), noun)


def choose_brand(category: str, kind: Kind, rng: Random) -> Brand:
    return rng.choice([b for b in BRANDS if category in b.categories and set(b.styles) & set(kind.styles)])


def choose_stock(rng: Random) -> int:
    luck = rng.random()
    if luck < 0.04:
        return 0
    return rng.randint(1, 3) if luck < 0.11 else rng.randint(4, 160)


def choose_created_at(rng: Random) -> datetime:
    """One in fourteen arrived within a fortnight; the rest spread over two years."""
    days = rng.uniform(0.2, 14) if rng.random() < 0.07 else rng.uniform(14, OLDEST_DAYS)
    return (NOW - timedelta(days=days)).replace(microsecond=0)


def make_model(category: str, kind: Kind, model: str, rng: Random) -> dict:
    """What the colours of one model share."""
    brand = choose_brand(category, kind, rng)
    low, high = kind.price
    place = min(1.0, max(0.0, 0.55 * brand.level + 0.45 * rng.random()))
    material = rng.choice(kind.materials)
    style = rng.choice([s for s in kind.styles if s in brand.styles])
    tags = list(kind.tags) + (["recycled"] if "recycled" in material else [])
    lines = CATEGORIES[category].lines
    text = f"{kind.about} {rng.choice(lines)} Made with {material}."
    return {
        "brand": brand.name, "model": model, "noun": choose_noun(kind.noun, rng), "style": style,
        "price": pretty_price(low * (high / low) ** place), "material": material, "tags": tags,
        "weight_grams": 10 * rng.randint(kind.weight[0] // 10, kind.weight[1] // 10),
        "season": rng.choice(kind.seasons), "created_at": choose_created_at(rng),
        "description": text if rng.random() < 0.8 else None,
    }


def to_item(item_id: str, category: str, model: dict, colour: str, title: str, stock: int) -> dict:
    item = {
        "item_id": item_id, "item_type": "item", "title": title, "category": category,
        "brand": model["brand"], "model": model["model"], "price": model["price"], "stock": stock,
        "created_at": model["created_at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "style": model["style"], "colour": colour, "season": model["season"], "material": model["material"],
        "weight_grams": model["weight_grams"], "recycled": "recycled" in model["material"],
        "tags": model["tags"], "url": f"/sample-shop/items/{item_id}",
        "image_url": f"/sample-shop/pictures/{item_id}.svg",
    }
    if model["description"]:
        item["description"] = model["description"]
    return item


def make_category(name: str, category: Category) -> list[tuple[dict, str]]:
    """The category's items, each with the shape of its picture."""
    rng = Random(f"{SEED}/{name}")
    names = rng.sample(HOME_MODELS if category.home else OUTDOOR_MODELS, category.count)
    made: list[tuple[dict, str]] = []
    while len(made) < category.count:
        kind = category.kinds[len(names) % len(category.kinds)]
        model = make_model(name, kind, names.pop(), rng)
        colours = rng.sample(category.colours, rng.choices((1, 2, 3), (6, 4, 1))[0])
        for colour in colours[: category.count - len(made)]:
            suffix = f", {colour}" if len(colours) > 1 else ""
            title = f"{model['brand']} {model['model']} {model['noun']}{suffix}"
            item_id = f"{category.prefix}-{len(made) + 1:02d}"
            made.append((to_item(item_id, name, model, colour, title, choose_stock(rng)), kind.shape))
    return made


def make_gift_card() -> tuple[dict, str]:
    model = {
        "brand": "Larkmere", "model": "Gift", "price": 50.0, "style": "playful", "season": "all",
        "material": "recycled paper", "weight_grams": 10, "tags": ["gift", "last minute", "recycled"],
        "created_at": NOW - timedelta(days=600),
        "description": "For whoever already has a tent. Valid for three years, on everything in the shop.",
    }
    return to_item("gift-card", "gift-cards", model, "teal", "Gift card", 1000), "card"


def build() -> dict[str, str]:
    """Every generated file's text, by its path below this folder."""
    made = [pair for name, category in CATEGORIES.items() for pair in make_category(name, category)]
    made.append(make_gift_card())
    files = {"items.jsonl": "".join(json.dumps(item, ensure_ascii=False) + "\n" for item, _ in made)}
    for item, shape in made:
        picture = draw(item["category"], shape, item["colour"], item["title"], f"{SEED}/{item['item_id']}")
        files[f"pictures/{item['item_id']}.svg"] = picture
    return files


def taste_faults(items: list[dict]) -> list[str]:
    """What tastes.json names and the shop does not sell."""
    tastes = json.loads((HERE / "tastes.json").read_text(encoding="utf-8"))
    known = {
        "categories": {item["category"] for item in items}, "brands": {item["brand"] for item in items},
        "styles": set(STYLES), "bestsellers": {item["item_id"] for item in items},
    }
    named = [(taste["name"], part, word) for taste in tastes["tastes"]
             for part in ("categories", "brands", "styles") for word in taste[part]]
    named += [("complements", "categories", pair[end]) for pair in tastes["complements"] for end in ("from", "to")]
    named += [("bestsellers", "bestsellers", item_id) for item_id in tastes["bestsellers"]]
    return [f"tastes.json: {where}: unknown in {part}: {word}" for where, part, word in named if word not in known[part]]


def check(files: dict[str, str]) -> list[str]:
    faults = []
    for path, text in files.items():
        target = HERE / path
        if not target.is_file():
            faults.append(f"{path}: missing")
        elif target.read_bytes() != text.encode():
            faults.append(f"{path}: differs")
    faults += [f"{path}: not generated" for path in stray_pictures(files)]
    return faults + taste_faults([json.loads(line) for line in files["items.jsonl"].splitlines()])


def stray_pictures(files: dict[str, str]) -> list[str]:
    found = (f"pictures/{path.name}" for path in (HERE / "pictures").glob("*"))
    return sorted(path for path in found if path not in files)


def write(files: dict[str, str]) -> None:
    (HERE / "pictures").mkdir(exist_ok=True)
    for path, text in files.items():
        (HERE / path).write_bytes(text.encode())
    for path in stray_pictures(files):
        (HERE / path).unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with what is on disk, write nothing")
    options = parser.parse_args()
    files = build()
    if not options.check:
        write(files)
        print(f"{len(files) - 1} items and pictures written to {HERE}")
        return 0
    faults = check(files)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        print("hint: run generate.py and commit what it writes", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
