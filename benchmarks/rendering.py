"""CPU and bytes of drawing a growing answer: `python -m benchmarks.rendering`.

Each shape of answer arrives in 16-character deltas, each flushed. Process CPU time, median of the
repeats. The exit status is 1 when a character costs over 1.5 times as much at 20,000 as at 2,000.
"""

import sys
from dataclasses import dataclass
from statistics import median, quantiles
from time import process_time

from chat.blocks import Blocks, Patch
from chat.completion import Source

SHORT, LONG = 2_000, 20_000
DELTA = 16
REPEATS = 9
HIGHEST_RATIO = 1.5

SOURCES = (Source(1, "Connect to eduroam", "/help/1"), Source(2, "Reset a password", "/help/2"))
STEP = "Open **Settings**, tap [Wi-Fi](https://campus.edu/wifi) and forget `eduroam` [1]. "
MIXED = f"""## When eduroam rejects you

Your laptop still sends _yesterday's_ password. {STEP}Then join again with the new one.

1. {STEP}
2. Run this:

   ```Command Prompt
   netsh wlan delete profile name="eduroam"
   ```
3. {STEP}

> {STEP}

| System | Where |
|---|---|
| macOS | {STEP} |

"""

HEADS = {"nested list": "1. Outer\n", "one fence": "```\n", "one table": "| a | b |\n|--|--|\n"}
ROWS = {
    "mixed": MIXED,
    "numbered list": f"1. {STEP}\n",
    "loose list": f"1. {STEP}\n\n",
    "nested list": f"   - {STEP}\n     - {STEP}\n",
    "one fence": 'netsh wlan delete profile name="eduroam"\n',
    "one table": f"| {STEP} | b |\n",
    "one line": STEP,
    "one quote": f"> {STEP}\n",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One answer drawn: seconds of each flush, and the bytes of all patches."""

    flushes: list[float]
    sent: int

    @property
    def seconds(self) -> float:
        return sum(self.flushes)


def answer(shape: str, length: int) -> str:
    """Make an answer of the shape, cut at the length."""
    row = ROWS[shape]
    return (HEADS.get(shape, "") + row * (length // len(row) + 1))[:length]


def size(patch: Patch) -> int:
    """Count the bytes of html and targets that a patch carries."""
    html = [patch.tail, patch.replaces or ""]
    html += [append.target + append.html for append in patch.appends]
    return sum(len(piece.encode()) for piece in html)


def draw(text: str) -> Run:
    """Let the text arrive; the time is for writing and flushing."""
    blocks = Blocks("m1", SOURCES)
    flushes, sent = [], 0
    for start in range(0, len(text), DELTA):
        began = process_time()
        blocks.write(text[start : start + DELTA])
        patch = blocks.flush()
        flushes.append(process_time() - began)
        sent += size(patch) if patch else 0
    began = process_time()
    sent += size(blocks.finish())
    flushes.append(process_time() - began)
    return Run(flushes, sent)


def measure(shape: str) -> float:
    """Print the shape's row; return how much dearer a character is in the long answer."""
    short, long = answer(shape, SHORT), answer(shape, LONG)
    short_runs = [draw(short) for _ in range(REPEATS * 3)]
    long_runs = [draw(long) for _ in range(REPEATS)]
    at_short = median(run.seconds for run in short_runs) / SHORT * 1e6
    at_long = median(run.seconds for run in long_runs) / LONG * 1e6
    centiles = quantiles([s * 1e3 for run in long_runs for s in run.flushes], n=100)
    ratio = at_long / at_short
    print(
        f"{shape:14} {at_short:9.2f} {at_long:9.2f} {ratio:6.2f} "
        f"{long_runs[0].sent / LONG:9.1f} {centiles[49]:7.3f} {centiles[98]:7.3f}"
    )
    return ratio


def main() -> int:
    """Measure all shapes; 1 when one of them is not linear."""
    print(f"{'':14} {'CPU, µs per character':^19}        {'bytes per':>9} {'ms per flush':^15}")
    heads = ("shape", "at 2,000", "at 20,000", "ratio", "character", "p50", "p99")
    print("{:14} {:>9} {:>9} {:>6} {:>9} {:>7} {:>7}".format(*heads))
    draw(answer("mixed", LONG))
    ratios = [measure(shape) for shape in ROWS]
    return int(max(ratios) > HIGHEST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
