"""`python -m zd_contracts [--check]`: write the stored schemas, examples and topic files, or name those out of date."""

import sys
from pathlib import Path

from zd_contracts.stored import ROOT, outdated, refusals


def main(arguments: list[str], root: Path = ROOT) -> int:
    """0 when all is well; 1 for a breaking change or, with `--check`, for a file out of date."""
    if broken := refusals(root):
        print("Publish a new major beside the old one instead of changing what was promised:", *broken, sep="\n  ")
        return 1
    files = outdated(root)
    if "--check" in arguments:
        if files:
            names = [str(path.relative_to(root)) for path in files]
            print("Out of date; run `python -m zd_contracts`:", *names, sep="\n  ")
        return 1 if files else 0
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    print(f"{len(files)} files written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
