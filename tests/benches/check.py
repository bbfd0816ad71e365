#!/usr/bin/env python3
"""Measures `check` and `generate` as processes, each the best of several runs.

usage: check.py --bin PATH [--docs DIR]
With --docs: `check` on the documents of that folder next to `list` on them. Always: a thousand made-up sources with three
generated outputs each, of which one source has changed."""
import argparse
import os
import shutil
import subprocess
import tempfile
import time

RUNS = 5
SOURCES = 1000
CONFIG = """
[[output]]
kind = "issue-form"
path = ".github/ISSUE_TEMPLATE/{slug}.yml"
[[output]]
kind = "issue-template"
path = ".github/ISSUE_TEMPLATE/{slug}.md"
[[output]]
kind = "docs-section"
"""
SOURCE = """Service {n}
===========

What the people of service {n} do.

Upgrade service {n}
-------------------

Context
~~~~~~~

* Version {n} is released.

Procedure
~~~~~~~~~

1. Check the health of service {n}:

   .. code-block:: sh

      service-{n} health --all

2. Stop the workers of service {n}.

   * ``workers`` = 0

3. Install the package with ``install service-{n}``.

   * The log says that {n} nodes are up

4. Start the workers again.
5. Compare the dashboards. If they differ by more than {n} percent, go back.
"""


def best(command, folder):
    """Returns the seconds of the fastest run; what it found is no failure."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        done = subprocess.run(command, cwd=folder, capture_output=True)
        seconds.append(time.perf_counter() - start)
        assert done.returncode in (0, 1), done.stderr.decode()
    return min(seconds)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def on_documents(binary, docs):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(docs, os.path.join(folder, "sources"))
        listed = best([binary, "-q", "list"], folder)
        checked = best([binary, "-q", "check"], folder)
        print(f"documents: list {listed * 1000:.0f} ms, check {checked * 1000:.0f} ms, {checked / listed:.2f} times")


def on_made_up(binary):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "sources"))
        for n in range(SOURCES):
            write(os.path.join(folder, "sources", f"service-{n}.rst"), SOURCE.format(n=n))
        write(os.path.join(folder, "runsheet.toml"), CONFIG)
        start = time.perf_counter()
        subprocess.run([binary, "-q", "generate"], cwd=folder, check=True, capture_output=True)
        first = time.perf_counter() - start
        listed = best([binary, "-q", "list"], folder)
        clean = best([binary, "-q", "check"], folder)
        changed = os.path.join(folder, "sources", "service-500.rst")
        with open(changed, encoding="utf-8") as file:
            text = file.read()
        write(changed, text.replace("4. Start the workers again.", "4. Start all the workers again.", 1))
        stale = best([binary, "-q", "check"], folder)
        dry = best([binary, "-q", "generate", "--dry-run"], folder)
        start = time.perf_counter()
        subprocess.run([binary, "-q", "generate"], cwd=folder, check=True, capture_output=True)
        again = time.perf_counter() - start
        print(f"{SOURCES} sources: the first generate {first:.2f} s, list {listed:.2f} s, check {clean:.2f} s")
        print(f"one changed: check {stale:.2f} s, generate --dry-run {dry:.2f} s, generate {again:.2f} s")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--bin", required=True)
    ap.add_argument("--docs")
    a = ap.parse_args()
    binary = os.path.abspath(a.bin)
    if a.docs:
        on_documents(binary, a.docs)
    on_made_up(binary)


if __name__ == "__main__":
    main()
