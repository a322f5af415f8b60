"""Draw the pictures of the README from the demo trace: python screenshots/make.py

Needs the extra ``dev`` and the font DejaVu Sans Mono (Debian: fonts-dejavu-core).
"""

from __future__ import annotations

import asyncio
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import cairosvg
from PIL import Image

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent / "demo_db" / "plugins.db"
sys.path += [str(HERE.parent / "tests" / "tui")]

from explorer_helpers import Driven, explored  # noqa: E402 - the tests drive the explorer in the same way

FONT = "DejaVu Sans Mono"
FONT_SIZE = 20.26
"""Makes glyphs as wide as the cells in which Textual places them."""
LEFT, TOP = 9, 41
"""Where the screen begins in Textual's picture of a terminal window; the window is left out."""

PNG_SCALE = 0.82
PNG_COLOURS = 256


async def explorer(driven: Driven) -> None:
    """Missing devices, one of them selected: list, tree and details."""
    await driven.filter("failed and path startswith /dev")
    await driven.go_to(3591)


async def completion(driven: Driven) -> None:
    """A filter while it is typed, with what may come next."""
    await driven.go_to(4210)
    await driven.press("f")
    await driven.type("failed and errno = E")
    await driven.until_shown("ENOENT")


async def counts(driven: Driven) -> None:
    """Which calls fail, and how often."""
    await driven.filter("failed")
    await driven.press("c")
    await driven.until_shown("values", "openat")


async def small(driven: Driven) -> None:
    """80 columns are enough."""
    await driven.filter("procname endswith upnpd")
    await driven.go_to(4498)


async def follow(driven: Driven) -> None:
    """A trace while it is written."""
    await driven.until(lambda: driven.list.count > 6000, seconds=60)


Steps = Callable[[Driven], Awaitable[None]]

PICTURES: tuple[tuple[str, tuple[int, int], Steps], ...] = (
    ("explorer", (160, 45), explorer),
    ("completion", (120, 30), completion),
    ("counts", (120, 26), counts),
    ("small", (80, 24), small),
)
"""Name, columns and lines, and what is done before the picture is taken."""


def picture(screenshot: str) -> str:
    """Textual's SVG without the window around it, in a font that is there."""
    svg = re.sub(r"@font-face \{.*?\}", "", screenshot, flags=re.DOTALL)
    svg = re.sub(r"font-family: Fira Code[^;]*", f"font-family: {FONT}, monospace", svg)
    svg = svg.replace("font-size: 20px", f"font-size: {FONT_SIZE}px")
    width, height = re.findall(
        r'clip-terminal">\s*<rect x="0" y="0" width="([\d.]+)" height="([\d.]+)"', svg
    )[0]
    return re.sub(r'viewBox="[^"]*"', f'viewBox="{LEFT} {TOP} {width} {height}"', svg, count=1)


def save(name: str, driven: Driven) -> None:
    """Write NAME.svg and NAME.png."""
    svg = picture(driven.app.export_screenshot(title=""))
    (HERE / f"{name}.svg").write_text(svg)
    pixels = cairosvg.svg2png(bytestring=svg.encode(), scale=PNG_SCALE)
    image = Image.open(io.BytesIO(pixels)).convert("RGB").quantize(PNG_COLOURS, dither=Image.Dither.NONE)
    image.save(HERE / f"{name}.png", optimize=True)
    print(f"{name}.png {(HERE / f'{name}.png').stat().st_size:,} bytes")


async def draw() -> None:
    """Draw all pictures."""
    for name, size, steps in PICTURES:
        async with explored(DEMO, size, follow=False) as driven:
            await steps(driven)
            await driven.pilot.pause(0.5)
            save(name, driven)
    await draw_growing()


async def draw_growing() -> None:
    """The demo once more, while it is replayed."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "plugins.db")
        replay = [sys.executable, "-m", "tracetui", "replay", str(DEMO), "-o", str(trace), "--speed", "2"]
        with subprocess.Popen(replay, stderr=subprocess.DEVNULL) as writer:
            while not has_events(trace):
                await asyncio.sleep(0.1)
            async with explored(trace, (120, 30)) as driven:
                await follow(driven)
                save("follow", driven)
            writer.terminate()


def has_events(trace: Path) -> bool:
    """Whether anything has been written yet."""
    query = [sys.executable, "-m", "tracetui", "query", str(trace), "--count"]
    return subprocess.run(query, capture_output=True, check=False).stdout.strip() not in (b"", b"0")


if __name__ == "__main__":
    asyncio.run(draw())
