"""Curves as an SVG, which every browser and GitHub show."""

from pathlib import Path

COLOURS = ["#2f6fdb", "#d1862f", "#3a9a6a", "#8a5fc7"]
LEFT, TOP, WIDTH, HEIGHT = 64, 30, 430, 260
STEPS = 5

Curve = list[tuple[float, float]]


def write_svg(path: Path, curves: dict[str, Curve], dots: dict[str, tuple[float, float]], x: str, y: str) -> None:
    """Draw each curve in a colour of its own, with its name, and a dot on it; x and y are the axes' names."""
    points = [point for curve in curves.values() for point in curve]
    low_x, high_x = min(p[0] for p in points), max(p[0] for p in points)
    low_y, high_y = min(p[1] for p in points), max(p[1] for p in points)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        right, up = (point[0] - low_x) / (high_x - low_x), (point[1] - low_y) / (high_y - low_y)
        return round(LEFT + WIDTH * right, 1), round(TOP + HEIGHT * (1 - up), 1)

    parts = [f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#bbb"/>']
    for step in range(STEPS + 1):
        share = step / STEPS
        right, down = LEFT + WIDTH * share, TOP + HEIGHT * (1 - share)
        across, up = low_x + share * (high_x - low_x), low_y + share * (high_y - low_y)
        parts += [
            f'<text x="{right}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{across:.1f}</text>',
            f'<text x="{LEFT - 8}" y="{down + 4}" text-anchor="end">{up:.2f}</text>',
        ]
    for number, ((name, curve), colour) in enumerate(zip(curves.items(), COLOURS, strict=False)):
        line = " ".join(f"{a},{b}" for a, b in map(place, curve))
        dot_x, dot_y = place(dots[name])
        parts += [
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<circle cx="{dot_x}" cy="{dot_y}" r="4.5" fill="{colour}"/>',
            f'<text x="{LEFT + 14}" y="{TOP + HEIGHT - 14 - 18 * number}" fill="{colour}">{name}</text>',
        ]
    parts += [
        f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 42}" text-anchor="middle">{x}</text>',
        f'<text x="{LEFT}" y="{TOP - 12}">{y}</text>',
    ]
    size = f'width="{LEFT + WIDTH + 30}" height="{TOP + HEIGHT + 60}"'
    paper = f'<rect {size} fill="white"/>'
    style = 'font-family="sans-serif" font-size="12" fill="#555"'
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{paper}{"".join(parts)}</svg>\n')
