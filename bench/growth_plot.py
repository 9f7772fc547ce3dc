"""growth_plot.py - what do the curves of growth.py look like?  One SVG, a panel a curve, no library."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 420, 280, 68, 44, 28, 46
COLOURS = ["#1f5fa8", "#c05a12", "#2e7d4f", "#7a3e9d"]
# part, x, y, title, what is written beside the axes
PANELS = [("batch", "batch", "pictures_per_s", "Images a second by batch", ("images a batch", "images/s")),
          ("batch", "batch", "peak_mb", "Peak memory by batch (both towers)", ("images a batch", "MB")),
          ("tokens", "tokens", "texts_per_s", "Texts a second by length", ("tokens a text", "texts/s")),
          ("tokens", "tokens", "tokens_per_s", "Tokens a second by length", ("tokens a text", "tokens/s")),
          ("pictures", "pictures", "pictures_per_s", "A whole run by number of images", ("images", "images/s")),
          ("pictures", "pictures", "peak_mb", "Peak memory by number of images", ("images", "MB"))]


def nice(top):
    """A round number not below, and a step that divides it."""
    power = 10 ** math.floor(math.log10(top)) if top > 0 else 1
    step = next(power * s / 5 for s in (1, 2, 2.5, 5, 10) if power * s >= top)
    return 5 * step, step


def label(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:g}"


class Panel:
    def __init__(self, at, title, axes):
        self.x0, self.y0, self.out = at[0] + LEFT, at[1] + TOP, []
        self.w, self.h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        self.text(at[0] + LEFT, at[1] + 22, title, weight="600", anchor="start", size=14)
        self.text(self.x0 + self.w / 2, self.y0 + self.h + 38, axes[0])
        self.text(self.x0, self.y0 - 5, axes[1], anchor="start")

    def text(self, x, y, words, anchor="middle", weight="400", size=12, fill="#333"):
        self.out.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}" fill="{fill}">{escape(words)}</text>')

    def line(self, points, stroke, width=1.0):
        self.out.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="none" stroke="{stroke}" stroke-width="{width}"/>')

    def draw(self, series):
        """series: {name: [(x, y)]}; x is logarithmic, y begins at 0."""
        xs, ys = sorted({x for s in series.values() for x, _ in s}), [y for s in series.values() for _, y in s]
        (top, step), low, high = nice(max(ys)), math.log(xs[0]), math.log(xs[-1])
        place = lambda x, y: (self.x0 + (self.w * (math.log(x) - low) / (high - low) if high > low else self.w / 2), self.y0 + self.h * (1 - y / top))
        for k in range(6):
            y = place(xs[0], k * step)[1]
            self.line([(self.x0, y), (self.x0 + self.w, y)], "#ddd" if k else "#555")
            self.text(self.x0 - 6, y + 4, label(k * step), anchor="end", size=11)
        for x in xs:
            self.text(place(x, 0)[0], self.y0 + self.h + 18, label(x), size=11)
        for i, (name, points) in enumerate(series.items()):
            colour, points = COLOURS[i % len(COLOURS)], [place(x, y) for x, y in sorted(points)]
            self.line(points, colour, 2)
            self.out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
            self.text(self.x0 + self.w - 76 * (len(series) - 1 - i), self.y0 - 5, name, anchor="end", fill=colour)
        return "".join(self.out)


def write(path, results):
    wanted = [p for p in PANELS if results.get(p[0])]
    if not wanted:
        return
    columns = min(2, len(wanted))
    width, height = WIDTH * columns, HEIGHT * ((len(wanted) + columns - 1) // columns)
    drawn = []
    for i, (part, x, y, title, axes) in enumerate(wanted):
        series = {}
        for row in results[part]:
            series.setdefault(f"{row['threads']} thread" + ("s" if row["threads"] > 1 else ""), []).append((row[x], row[y]))
        drawn.append(Panel((WIDTH * (i % columns), HEIGHT * (i // columns)), title, axes).draw(series))
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif">'
                f'<rect width="{width}" height="{height}" fill="white"/>' + "\n".join(drawn) + "</svg>\n")
