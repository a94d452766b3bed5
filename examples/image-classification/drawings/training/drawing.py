"""Draws the pictures: ten things, each in many colours, sizes, positions, turns and proportions."""

import io
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

Point = tuple[float, float]
Colour = tuple[int, int, int]

SHARPER = 2  # Everything is drawn twice as large and scaled down, which smooths its edges.


@dataclass(frozen=True)
class Shape:
    """Points between -1 and 1, y downwards; filled, or with `width` a line along them."""

    points: list[Point]
    colour: str
    width: float = 0


def ellipse(x: float, y: float, rx: float, ry: float, colour: str, turn: float = 0) -> Shape:
    points = []
    for step in range(36):
        angle = 2 * math.pi * step / 36
        dx, dy = rx * math.cos(angle), ry * math.sin(angle)
        cos, sin = math.cos(turn), math.sin(turn)
        points.append((x + dx * cos - dy * sin, y + dx * sin + dy * cos))
    return Shape(points, colour)


def box(left: float, top: float, right: float, bottom: float, colour: str) -> Shape:
    return Shape([(left, top), (right, top), (right, bottom), (left, bottom)], colour)


def boat(r: random.Random) -> list[Shape]:
    deep = r.uniform(0.7, 0.95)
    hull = Shape([(-0.9, 0.35), (0.9, 0.35), (r.uniform(0.5, 0.7), deep), (-0.6, deep)], "main")
    mast = Shape([(0, 0.35), (0, -0.9)], "dark", 0.07)
    sails = [Shape([(0.06, -0.85), (0.06, 0.2), (r.uniform(0.5, 0.8), 0.2)], "second")]
    if r.random() < 0.7:
        sails.append(Shape([(-0.06, -0.7), (-0.06, 0.2), (r.uniform(-0.7, -0.4), 0.2)], "third"))
    return [hull, mast, *sails]


def car(r: random.Random) -> list[Shape]:
    roof, back = r.uniform(-0.55, -0.3), r.uniform(-0.75, -0.5)
    cabin = Shape([(back, 0.05), (back + 0.2, roof), (0.25, roof), (0.55, 0.05)], "main")
    glass = [
        Shape([(back + 0.13, 0), (back + 0.27, roof + 0.1), (-0.1, roof + 0.1), (-0.1, 0)], "pale")
    ]
    if r.random() < 0.8:
        glass.append(Shape([(0, 0), (0, roof + 0.1), (0.22, roof + 0.1), (0.4, 0)], "pale"))
    body = Shape([(-0.95, 0), (0.7, 0), (0.95, 0.15), (0.95, 0.45), (-0.95, 0.45)], "main")
    size = r.uniform(0.18, 0.26)
    wheels = [ellipse(x, 0.47, size, size, "dark") for x in (-0.52, 0.52)]
    hubs = [ellipse(x, 0.47, size * 0.45, size * 0.45, "pale") for x in (-0.52, 0.52)]
    return [cabin, *glass, body, *wheels, *hubs]


def cat(r: random.Random) -> list[Shape]:
    wide, high = r.uniform(0.65, 0.8), r.uniform(0.55, 0.7)
    ears = [
        Shape([(side * wide, -0.05), (side * (wide - 0.05), -0.9), (side * 0.15, -0.35)], "main")
        for side in (-1, 1)
    ]
    eyes = [ellipse(side * 0.3, 0, 0.12, r.choice((0.12, 0.17)), "pale") for side in (-1, 1)]
    pupils = [ellipse(side * 0.3, 0, 0.05, 0.11, "dark") for side in (-1, 1)]
    nose = Shape([(-0.09, 0.22), (0.09, 0.22), (0, 0.34)], "second")
    whiskers = [
        Shape([(side * 0.25, 0.32), (side * 0.95, 0.32 + tilt)], "dark", 0.035)
        for side in (-1, 1)
        for tilt in (-0.1, 0.1)
    ]
    return [*ears, ellipse(0, 0.15, wide, high, "main"), *eyes, *pupils, nose, *whiskers]


def fish(r: random.Random) -> list[Shape]:
    fat = r.uniform(0.3, 0.48)
    tail = Shape(
        [(0.4, 0), (0.95, -r.uniform(0.3, 0.5)), (0.8, 0), (0.95, r.uniform(0.3, 0.5))], "second"
    )
    fin = Shape([(-0.2, -fat * 0.8), (0.15, -fat - 0.3), (0.3, -fat * 0.7)], "second")
    shapes = [tail, fin, ellipse(-0.15, 0, 0.7, fat, "main")]
    for stripe in range(r.choice((0, 0, 2, 3))):
        x = -0.2 + 0.25 * stripe
        shapes.append(Shape([(x, -fat * 0.7), (x, fat * 0.7)], "third", 0.08))
    return [
        *shapes,
        ellipse(-0.55, -0.08, 0.1, 0.1, "pale"),
        ellipse(-0.56, -0.08, 0.05, 0.05, "dark"),
    ]


def flower(r: random.Random) -> list[Shape]:
    petals, reach = r.randint(5, 8), r.uniform(0.3, 0.36)
    stem = [Shape([(0, -0.3), (r.uniform(-0.15, 0.15), 0.95)], "green", 0.09)]
    if r.random() < 0.7:
        stem.append(ellipse(0.25, 0.6, 0.26, 0.11, "green", -0.5))
    angles = [2 * math.pi * petal / petals for petal in range(petals)]
    ring = [
        ellipse(reach * math.cos(a), -0.35 + reach * math.sin(a), 0.26, 1.1 / petals, "main", a)
        for a in angles
    ]
    return [*stem, *ring, ellipse(0, -0.35, 0.19, 0.19, "second")]


def house(r: random.Random) -> list[Shape]:
    wall, eaves = r.uniform(0.6, 0.75), r.uniform(-0.25, 0)
    shapes = [box(-wall, eaves, wall, 0.85, "main")]
    if r.random() < 0.6:
        shapes.append(box(0.3, -0.8, 0.5, eaves, "second"))
    shapes.append(
        Shape([(-wall - 0.18, eaves), (0, r.uniform(-0.95, -0.75)), (wall + 0.18, eaves)], "second")
    )
    door = r.uniform(-0.35, 0.1)
    shapes.append(box(door, 0.35, door + 0.28, 0.85, "dark"))
    for left in (-0.5, 0.25)[r.randint(0, 1) :]:
        shapes.append(box(left, 0.05, left + 0.24, 0.29, "pale"))
    return shapes


def moon(r: random.Random) -> list[Shape]:
    """The outer arc of a circle, and back along an inner one."""
    inner = r.uniform(0.3, 0.65)
    angles = [math.pi * step / 24 - math.pi / 2 for step in range(25)]
    outside = [(-0.85 * math.cos(a) + 0.3, 0.85 * math.sin(a)) for a in angles]
    inside = [(-0.85 * inner * math.cos(a) + 0.3, 0.85 * math.sin(a)) for a in reversed(angles)]
    return [Shape(outside + inside, "main")]


def star(r: random.Random) -> list[Shape]:
    inner = r.uniform(0.36, 0.48)
    points = []
    for corner in range(10):
        radius = 0.95 * (inner if corner % 2 else 1)
        angle = math.pi * corner / 5 - math.pi / 2
        points.append((radius * math.cos(angle), radius * math.sin(angle)))
    return [Shape(points, "main")]


def tree(r: random.Random) -> list[Shape]:
    trunk = box(-0.12, 0.2, 0.12, 0.95, "brown")
    if r.random() < 0.5:
        layers = r.randint(2, 3)
        return [trunk] + [
            Shape(
                [
                    (-0.65 + 0.13 * i, 0.45 - 0.42 * i),
                    (0.65 - 0.13 * i, 0.45 - 0.42 * i),
                    (0, -0.3 - 0.3 * i),
                ],
                "green",
            )
            for i in range(layers)
        ]
    crown = [ellipse(0, -0.3, r.uniform(0.5, 0.65), r.uniform(0.5, 0.62), "green")]
    for x in (-0.4, 0.4):
        crown.append(ellipse(x, r.uniform(-0.25, 0), 0.35, 0.32, "green"))
    return [trunk, *crown]


def umbrella(r: random.Random) -> list[Shape]:
    high = r.uniform(0.75, 0.95)
    arc = [math.pi * step / 20 for step in range(21)]
    canopy = [(-0.95 * math.cos(a), 0.05 - high * math.sin(a)) for a in arc]
    parts = r.choice((3, 4, 5))
    edge = []  # the scallops, from right to left
    for step in range(6 * parts + 1):
        x = 0.95 - 1.9 * step / (6 * parts)
        edge.append((x, 0.05 - 0.13 * abs(math.sin(math.pi * step / 6))))
    hook = [(0, 0.0), (0, 0.75), (0.05, 0.88), (0.16, 0.9), (0.25, 0.83), (0.25, 0.72)]
    shapes = [Shape(hook, "dark", 0.08), Shape(canopy + edge, "main")]
    if r.random() < 0.6:
        shapes.append(Shape([(-0.3, 0), (0, 0.02 - high), (0.3, 0)], "second"))
    return shapes


DRAW: dict[str, Callable[[random.Random], list[Shape]]] = {
    "boat": boat,
    "car": car,
    "cat": cat,
    "fish": fish,
    "flower": flower,
    "house": house,
    "moon": moon,
    "star": star,
    "tree": tree,
    "umbrella": umbrella,
}
LABELS = tuple(DRAW)


def draw(label: str, r: random.Random, outline_only: bool = False) -> Image.Image:
    """One picture, between 40 and 128 pixels wide."""
    width, height = (SHARPER * r.randint(40, 128) for _ in range(2))
    height = round(min(max(height, 0.75 * width), 1.33 * width))
    picture = background(width, height, r)
    pen = ImageDraw.Draw(picture)
    colours = palette(picture.getpixel((width // 2, height // 2)), r)
    place = placing(width, height, r)
    thin = min(width, height) / 2
    outline = (
        0 if not outline_only and r.random() < 0.5 else round(thin * r.uniform(0.02, 0.05)) + 1
    )
    for shape in DRAW[label](r):
        points = [place(point) for point in shape.points]
        colour = colours[shape.colour]
        if shape.width > 0:
            pen.line(points, colour, max(1, round(shape.width * thin)), joint="curve")
            continue
        if not outline_only:
            pen.polygon(points, colour)
        if outline > 0:
            ink = colours["main" if outline_only else "dark"]
            pen.line([*points, points[0]], ink, outline, joint="curve")
    return picture.resize((width // SHARPER, height // SHARPER), Image.Resampling.LANCZOS)


def placing(width: int, height: int, r: random.Random) -> Callable[[Point], Point]:
    """From a shape's own coordinates to pixels: mirrored, turned, stretched and moved."""
    scale = r.uniform(0.6, 0.95)
    stretch = (r.choice((-1, 1)) * scale * r.uniform(0.85, 1), scale * r.uniform(0.85, 1))
    turn = r.gauss(0, 0.2)
    free = 1 - scale
    shift = (r.uniform(-free, free), r.uniform(-free, free))
    cos, sin = math.cos(turn), math.sin(turn)

    def place(point: Point) -> Point:
        x, y = point[0] * stretch[0], point[1] * stretch[1]
        return (
            width / 2 * (1 + x * cos - y * sin + shift[0]),
            height / 2 * (1 + x * sin + y * cos + shift[1]),
        )

    return place


def background(width: int, height: int, r: random.Random) -> Image.Image:
    """One colour or a run between two, and sometimes a few blots or a horizon."""
    top = any_colour(r)
    run = Image.linear_gradient("L").resize((width, height))
    picture = Image.composite(
        Image.new("RGB", (width, height), near(top, r)), Image.new("RGB", (width, height), top), run
    )
    pen = ImageDraw.Draw(picture)
    if r.random() < 0.25:
        pen.rectangle((0, height * r.uniform(0.6, 0.9), width, height), near(top, r))
    for _ in range(r.choice((0, 0, 0, 2, 5))):
        x, y, size = r.uniform(0, width), r.uniform(0, height), r.uniform(0.03, 0.12) * width
        pen.ellipse((x - size, y - size, x + size, y + size), near(top, r))
    return picture


def any_colour(r: random.Random) -> Colour:
    return (r.randint(0, 255), r.randint(0, 255), r.randint(0, 255))


def near(colour: Colour, r: random.Random) -> Colour:
    red, green, blue = (min(255, max(0, value + r.randint(-50, 50))) for value in colour)
    return (red, green, blue)


def palette(behind: Colour, r: random.Random) -> dict[str, Colour]:
    """A colour for each part; the main ones stand out from what is behind them."""

    def visible(choose: Callable[[], Colour]) -> Colour:
        for _ in range(20):
            colour = choose()
            if sum(abs(a - b) for a, b in zip(colour, behind)) > 180:
                return colour
        return (255, 255, 255) if sum(behind) < 380 else (0, 0, 0)

    dark = r.randint(0, 60)
    pale = r.randint(200, 255)
    return {
        "main": visible(lambda: any_colour(r)),
        "second": visible(lambda: any_colour(r)),
        "third": any_colour(r),
        "green": visible(lambda: (r.randint(0, 130), r.randint(90, 230), r.randint(0, 120))),
        "brown": visible(lambda: (r.randint(60, 160), r.randint(40, 110), r.randint(10, 80))),
        "dark": (dark, dark, dark),
        "pale": (pale, pale, pale),
    }


def encode(picture: Image.Image, r: random.Random) -> tuple[str, bytes]:
    """As PNG or JPEG: what the model sees has been through a file."""
    file = io.BytesIO()
    if r.random() < 0.5:
        picture.save(file, "PNG", optimize=True)
        return "png", file.getvalue()
    picture.save(file, "JPEG", quality=r.randint(40, 95))
    return "jpg", file.getvalue()
