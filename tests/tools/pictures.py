"""Makes the README's pictures: what envaudit really says about the demo's containers.

    make pictures

Each command runs at a pseudo-terminal of a fixed width; its output, colours and all, becomes an
SVG that takes nothing from outside. The HTML report is looked at in Chromium. What is shown is
shortened at the end, and says so; nothing else is changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import secrets
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
DEMO = ROOT / "images" / "demo.sh"
LOCAL, PROD = "docker:envaudit-demo-local", "docker:envaudit-demo-prod"
COLUMNS = 108

# Rich's own names its fonts' addresses: a picture must not ask for anything.
SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: system-ui, sans-serif; font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
# Dark, with every colour at least 4.5 to 1 against its paper.
THEME = TerminalTheme(
    (22, 27, 34),
    (225, 228, 232),
    [
        (72, 79, 88), (255, 138, 128), (126, 217, 148), (242, 201, 108),
        (130, 180, 255), (240, 160, 220), (120, 215, 235), (225, 228, 232),
    ],
    [
        (139, 148, 158), (255, 160, 150), (150, 230, 170), (255, 220, 130),
        (160, 200, 255), (250, 180, 230), (150, 230, 245), (255, 255, 255),
    ],
)  # fmt: skip
POLICY = """\
[gate]
preset = "numerics"          # what decides the digits of a result must not differ

[gate.leeway]
"python.packages.pandas" = "patch"

[[gate.waivers]]
path = "limits.cpu.quota"
reason = "production is limited on purpose"
owner = "platform team"
expires = 2099-12-31
"""


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, _demo():
        work = Path(folder)
        (work / "envaudit.toml").write_text(POLICY)
        _picture(
            "entrypoint",
            work,
            "docker run --rm --read-only --user 10001 --tmpfs /run/envaudit --network none \\\n"
            "    --memory 512m --cpus 1 --entrypoint python envaudit-demo:prod \\\n"
            "    -I -S -B /opt/envaudit/envaudit.pyz exec -o /run/envaudit/fingerprint.json \\\n"
            "    --summary /run/envaudit/summary -- \\\n"
            "    sh -c 'echo the service starts as process $$; cat /run/envaudit/summary'",
            lines=26,
        )
        _picture("compare", work, f"envaudit compare {LOCAL} {PROD}", lines=50)
        bless = f"envaudit bless {LOCAL} -o baseline.json --reason 'release 1.4'"
        _run(bless, work)
        _picture("gate", work, f"envaudit gate {PROD} --against baseline.json", lines=46)
        _run(f"envaudit compare {LOCAL} {PROD} --format html -o report.html", work)
        _screenshots(work / "report.html")


@contextlib.contextmanager
def _demo() -> Iterator[None]:
    """The demo's containers, which have names: whoever else wants them waits, as the tests do."""
    with (Path(tempfile.gettempdir()) / "envaudit-test-engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.environ.setdefault("ENVAUDIT_KEY", secrets.token_hex(24))
        os.environ.setdefault("ENVAUDIT_ENV_SHOW", "SCORE_THRESHOLD")
        try:
            for verb in ("build", "up"):
                subprocess.run([DEMO, verb], check=True, stdin=subprocess.DEVNULL)
            yield
        finally:
            subprocess.run([DEMO, "down"], check=False, stdin=subprocess.DEVNULL)


def _run(command: str, folder: Path) -> str:
    """What a command writes to a terminal. Its exit code says what it found: not ours to judge."""
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    environment["PATH"] = f"{ROOT / '.venv' / 'bin'}:{environment['PATH']}"
    for name in ("NO_COLOR", "COLUMNS", "CI"):
        environment.pop(name, None)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 200, COLUMNS, 0, 0))
    process = subprocess.Popen(
        shlex.split(command.replace("\\\n", " ")),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        # Progress, which a terminal shows and takes away again, is no part of a picture.
        stderr=subprocess.PIPE if command.startswith("envaudit") else theirs,
    )
    os.close(theirs)
    told = bytearray()
    with contextlib.suppress(OSError):  # what a terminal says when its other end is closed
        while piece := os.read(ours, 65536):
            told += piece
    os.close(ours)
    _, errors = process.communicate()
    if process.returncode not in (0, 1):
        sys.exit(f"{command}: {(told + (errors or b'')).decode()}")
    return told.decode().replace("\r\n", "\n")


def _picture(name: str, folder: Path, command: str, lines: int) -> None:
    shown = _run(command, folder).rstrip("\n").split("\n")
    if len(shown) > lines:
        rest = len(shown) - lines
        shown = [*shown[:lines], f"\x1b[2m\u2026 {rest} more lines\x1b[0m"]
    console = Console(
        record=True,
        width=COLUMNS,
        file=Path(os.devnull).open("w", encoding="utf-8"),  # noqa: SIM115 (the console's own)
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(Text(f"$ {command}", "bold"), soft_wrap=False)
    console.print()
    for line in shown:
        console.print(Text.from_ansi(line), soft_wrap=True)
    # The same name each time: a picture changes only where what it shows does.
    svg = console.export_svg(title="", theme=THEME, code_format=SVG, unique_id=name)
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


def _screenshots(report: Path) -> None:
    chromium = subprocess.run(
        [ROOT / "tests" / "tools" / "chromium.sh"], check=True, capture_output=True, text=True
    ).stdout.strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--disable-gpu"], chromium_sandbox=False
        )
        size = ViewportSize(width=1200, height=900)
        page = browser.new_page(viewport=size, color_scheme="light")
        page.goto(report.as_uri())
        page.screenshot(path=PICTURES / "report-findings.png")
        page = browser.new_page(viewport=size, color_scheme="dark")
        page.goto(report.as_uri())
        page.select_option("#kind", "*")
        page.fill("#search", "openblas")
        page.evaluate("document.getElementById('facts').scrollIntoView()")
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / "report-facts.png")
        browser.close()


if __name__ == "__main__":
    main()
