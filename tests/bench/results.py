# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""bench.tsv and the table on the terminal, for all parts of the bench."""

COLUMNS = ("case", "ours", "stock", "raw", "ours/stock", "ours/raw", "unit")


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def ratio(value, other):
    return None if value is None or not other else value / other


def write_tsv(build_dir, rows):
    """Into BUILD-DIR/bench.tsv; lines of other cases stay there."""
    path = build_dir / "bench.tsv"
    new = {row[0] for row in rows}
    old = []
    if path.exists():
        old = [line.split("\t") for line in
               path.read_text(encoding="utf-8").splitlines()[1:]]
    path.write_text("".join(
        "\t".join(line) + "\n"
        for line in (COLUMNS, *(line for line in old if line[0] not in new),
                     *rows)), encoding="utf-8")


def print_table(lines):
    """Lines of equal length, the first one heads them; the last column is what
    is said of a missed target."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print("  ".join([line[0].ljust(widths[0])] +
                        [text.rjust(width)
                         for text, width in zip(line[1:-1], widths[1:])] +
                        [line[-1]]).rstrip())
