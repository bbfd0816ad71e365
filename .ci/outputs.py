#!/usr/bin/env python3
"""Generates every kind of output for the exam documents and holds it to what others say of it.

usage: outputs.py --exam DIR --forms SCHEMA --sarif SCHEMA --cases DIR --bin PATH
Issue forms are validated against GitHub's schema, findings against SARIF's. Checklists are read by cmark-gfm and by
markdown-it: both must find the steps that `list` tells of, as deep as it nests them, with their boxes and all their text."""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import jsonschema
import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.tasklists import tasklists_plugin

CONFIG = """
[[output]]
kind = "issue-form"
path = "forms/{slug}.yml"
[[output]]
kind = "issue-template"
path = "templates/{slug}.md"
[[output]]
kind = "markdown"
path = "checklists/{slug}.md"
"""
EXTENSIONS = [word for name in ("table", "strikethrough", "autolink", "tasklist") for word in ("-e", name)]
XML = "{http://commonmark.org/xml/1.0}"
SHOWN = 5


class Check:
    """Counts what was looked at and keeps what is wrong."""

    def __init__(self, what):
        self.what, self.seen, self.wrong = what, 0, []

    def expect(self, fine, message):
        self.seen += 1
        if not fine:
            self.wrong.append(message)

    def tell(self):
        print(f"{self.what}: {self.seen - len(self.wrong)}/{self.seen}")
        for message in self.wrong[:SHOWN]:
            print(f"  {message}")
        return not self.wrong


def runsheet(binary, folder, *words):
    """Returns what a command prints; what it found is no failure."""
    done = subprocess.run([binary, "-q", *words], cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(words)} in {folder}: {done.stderr.strip()}")
    return done.stdout


def letters(text):
    """Returns what must not get lost of a text: marks and blanks may be written in another way."""
    return "".join(c for c in text if c.isalnum())


class Reading:
    """The items of a list as a reader finds them: depth, box, own text."""

    def __init__(self):
        self.items, self.open = [], []

    def start(self, box):
        self.items.append([len(self.open), box, ""])
        self.open.append(len(self.items) - 1)

    def end(self):
        self.open.pop()

    def text(self, text):
        if self.open:
            self.items[self.open[-1]][2] += letters(text)


def read_by_cmark(path):
    done = subprocess.run(["cmark-gfm", *EXTENSIONS, "--to", "xml", path], capture_output=True, check=True)
    reading = Reading()

    def walk(node):
        name = node.tag.removeprefix(XML)
        if name in ("item", "tasklist"):
            reading.start(name == "tasklist")
        if name in ("text", "code", "code_block"):
            reading.text(node.text or "")
        for child in node:
            walk(child)
        if name in ("item", "tasklist"):
            reading.end()

    walk(ElementTree.fromstring(done.stdout))
    return reading


MARKDOWN_IT = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(tasklists_plugin)


def read_by_markdown_it(path):
    with open(path, encoding="utf-8") as file:
        tokens = MARKDOWN_IT.parse(file.read())
    reading = Reading()
    for token in tokens:
        if token.type == "list_item_open":
            reading.start("task-list-item" in (token.attrGet("class") or ""))
        elif token.type == "list_item_close":
            reading.end()
        elif token.type in ("fence", "code_block"):
            reading.text(token.content)
        for child in token.children or []:
            if child.type in ("text", "code_inline"):
                reading.text(child.content)
            elif child.type == "image":
                reading.text(child.content)
    return reading


def steps_of(procedure):
    """Returns depth, box and text of each step of a procedure, in order."""
    found = []

    def walk(steps, depth):
        for step in steps:
            found.append((depth, step["box"], letters(step["text"])))
            walk(step["steps"], depth + 1)

    for phase in procedure["phases"]:
        walk(phase["steps"], 0)
    return found


class ReadBack:
    """Holds what one reader finds in checklists to the steps that they were made from."""

    def __init__(self, name, read):
        self.read = read
        self.counts = Check(f"checklists with as many boxes for {name}")
        self.steps = Check(f"steps found by {name} at their depth, with their box and all their text")

    def look(self, path, expected):
        items = self.read(path).items
        boxes = sum(box for _, box, _ in expected)
        found = sum(box for _, box, _ in items)
        self.counts.expect(found == boxes, f"{path}: {found} boxes for {boxes}")
        at = 0
        for depth, box, text in expected:
            # A list that is no step, in a note, may stand between two steps.
            fits = (i for i in range(at, len(items)) if items[i][:2] == [depth, box] and text in items[i][2])
            here = next(fits, None)
            self.steps.expect(here is not None, f"{path}: no item {depth} {box} {text}, next are {items[at : at + 2]}")
            at = at if here is None else here + 1
        return items


def read_back(binary, folder, kinds):
    procedures = json.loads(runsheet(binary, folder, "list", "--format", "json"))["procedures"]
    readers = [ReadBack("cmark-gfm", read_by_cmark), ReadBack("markdown-it", read_by_markdown_it)]
    agreed = Check("checklists that both read the same")
    for procedure in procedures:
        expected = steps_of(procedure)
        if not any(box for _, box, _ in expected):
            # Only what has boxes is written.
            continue
        for kind in kinds:
            path = os.path.join(folder, kind, f"{procedure['slug']}.md")
            one, other = (reader.look(path, expected) for reader in readers)
            agreed.expect(one == other, f"{path}: {[pair for pair in zip(one, other) if pair[0] != pair[1]][:1]}")
    return [check for reader in readers for check in (reader.counts, reader.steps)] + [agreed]


def validate_forms(folder, schema):
    check = Check("issue forms valid")
    validator = jsonschema.validators.validator_for(schema)(schema)
    for path in sorted(glob.glob(os.path.join(folder, "forms", "*.yml"))):
        with open(path, encoding="utf-8") as file:
            found = [error.message[:200] for error in validator.iter_errors(yaml.safe_load(file))]
        check.expect(not found, f"{path}: {found[:1]}")
    return check


class Sarif:
    """Validates what `check` prints as SARIF."""

    def __init__(self, binary, schema):
        self.binary, self.check, self.results = binary, Check("SARIF logs valid"), 0
        self.validator = jsonschema.validators.validator_for(schema)(schema)

    def look(self, folder, what):
        log = json.loads(runsheet(self.binary, folder, "check", "--format", "sarif"))
        self.results += len(log["runs"][0]["results"])
        found = [error.message[:200] for error in self.validator.iter_errors(log)]
        self.check.expect(not found, f"{what}: {found[:1]}")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    ap = argparse.ArgumentParser()
    for name in ("exam", "forms", "sarif", "cases", "bin"):
        ap.add_argument(f"--{name}", required=True)
    a = ap.parse_args()
    binary = os.path.abspath(a.bin)
    sarif = Sarif(binary, load(a.sarif))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(a.exam, "docs"), os.path.join(folder, "sources"))
        sarif.look(folder, "the exam without a config")
        with open(os.path.join(folder, "runsheet.toml"), "w", encoding="utf-8") as file:
            file.write(CONFIG)
        sarif.look(folder, "the exam before its outputs are there")
        runsheet(binary, folder, "generate")
        sarif.look(folder, "the exam with its outputs")
        checks = [validate_forms(folder, load(a.forms)), *read_back(binary, folder, ["checklists", "templates"])]
        with open(glob.glob(os.path.join(folder, "checklists", "*.md"))[0], "a", encoding="utf-8") as file:
            file.write("By hand.\n")
        sarif.look(folder, "the exam with an output edited by hand")
    for case in sorted(glob.glob(os.path.join(a.cases, "check-*"))):
        # Elsewhere, so that no config above it is found.
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(case, folder, dirs_exist_ok=True)
            sarif.look(folder, case)
    sarif.check.what += f", with {sarif.results} results"
    if not all([check.tell() for check in [*checks, sarif.check]]):
        sys.exit("outputs: not as others have it")


if __name__ == "__main__":
    main()
