#!/usr/bin/env python3
"""Runs the exams and holds each figure to its floor in tests/floors.toml.

usage: exams.py --exam DIR --bin PATH [--raise]
--raise writes today's figures into the floors that they exceed; floors never fall."""
import argparse
import os
import re
import subprocess
import sys
import tomllib

FLOORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "floors.toml")


def run(exam, script, binary, *words):
    """Returns what an exam prints; its own verdict does not count, the floors do."""
    command = [sys.executable, os.path.join(exam, script), "--bin", os.path.abspath(binary), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if not done.stdout:
        sys.exit(f"{script} printed nothing: {done.stderr.strip()}")
    print(done.stdout.rstrip())
    return done.stdout


def shares(total):
    """Returns the percentages of model.py's line of totals, by name; a figure over nothing is left out."""
    found = re.findall(r"([a-z ]+) \d+/\d+ = ([\d.]+)%", total)
    return {name.strip().replace(" ", "-"): float(figure) for name, figure in found}


def figures(exam, binary):
    """Returns the figures by exam and name, as floors.toml has them."""
    seed = run(exam, "outline.py", binary, "SEED")
    outline = run(exam, "outline.py", binary)
    identical = lambda text: int(re.search(r"(\d+)/\d+ documents identical", text).group(1))
    cases = run(exam, "cases.py", binary)
    model_seed = run(exam, "model.py", binary, "SEED").splitlines()
    model = run(exam, "model.py", binary).splitlines()

    def scores(lines):
        return shares(next(line for line in lines if line.startswith("box ")))

    median = next(line for line in model if line.startswith("median document"))
    return {
        "outline": {"seed-documents": identical(seed), "documents": identical(outline)},
        "cases": {"right": int(re.search(r"(\d+)/\d+ cases right", cases).group(1))},
        "model-seed": scores(model_seed),
        "model": scores(model) | {"median-document": float(re.search(r"([\d.]+)%", median).group(1))},
    }


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--exam", required=True)
    ap.add_argument("--bin", required=True)
    ap.add_argument("--raise", dest="lift", action="store_true")
    a = ap.parse_args()
    with open(FLOORS, "rb") as file:
        floors = tomllib.load(file)
    got = figures(a.exam, a.bin)
    below = []
    print()
    for exam, floor in floors.items():
        for name, least in floor.items():
            figure = got[exam][name]
            print(f"{exam}.{name}: {figure} (floor {least})")
            if figure < least:
                below.append(f"{exam}.{name}")
    if a.lift:
        lines = ["# The least figures of the exams, which `.ci/run` holds; floors only rise.\n",
                 "# `python3 .ci/exams.py --exam DIR --bin PATH --raise` lifts them to today's.\n"]
        for exam, found in got.items():
            lines.append(f"\n[{exam}]\n")
            lines += [f"{name} = {max(figure, floors.get(exam, {}).get(name, figure))}\n" for name, figure in found.items()]
        with open(FLOORS, "w", encoding="utf-8") as file:
            file.writelines(lines)
    if below:
        sys.exit("below the floor: " + ", ".join(below))


if __name__ == "__main__":
    main()
