"""Run the stand-in until it is interrupted; print what it is asked."""

from __future__ import annotations

import argparse
import sys
import time

from tests.openmetadata_standin.server import running


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=("1.6", "2.0"), default="2.0")
    parser.add_argument("--port", type=int, default=8585)
    options = parser.parse_args()
    with running(options.mode, options.port) as server:
        sys.stdout.write(f"{server.url}, token {server.jwt}\n")
        told = 0
        while True:
            time.sleep(0.2)
            for line in server.journal.lines[told:]:
                sys.stdout.write(f"{line}\n")
                told += 1


if __name__ == "__main__":
    main()
