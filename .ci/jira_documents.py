"""Judges descriptions: usage: jira_documents.py SCHEMA FOLDER; exits 1 where one is invalid or lacks something.

Each file holds a description and, for a ticket, the text of its body and the number of its boxes.
"""

import json
import pathlib
import sys

import jsonschema


def walk(node):
    yield node
    for child in node.get("content", []):
        yield from walk(child)


def text(description):
    """Returns all that a reader sees, without white space; the titles of folds, too."""
    pieces = []
    for node in walk(description):
        if node["type"] == "text":
            pieces.append(node["text"])
        elif node["type"] == "expand":
            pieces.append(node["attrs"]["title"])
    return "".join("".join(pieces).split())


def main(schema, folder):
    schema = json.loads(pathlib.Path(schema).read_text())
    schema["definitions"]["doc_node"]["properties"]["content"]["minItems"] = 1
    validator = jsonschema.Draft4Validator(schema)
    tickets = documents = boxes = letters = 0
    largest = (0, 0)
    faults = []
    for file in sorted(pathlib.Path(folder).iterdir()):
        record = json.loads(file.read_text())
        description = record["description"]
        documents += 1
        if not validator.is_valid(description):
            faults.append(f"{file.stem}: invalid")
        ids = [node["attrs"]["localId"] for node in walk(description) if "localId" in node.get("attrs", {})]
        if len(set(ids)) < len(ids):
            faults.append(f"{file.stem}: an id twice")
        for node in walk(description):
            if node["type"] == "taskList" and node["content"][0]["type"] != "taskItem":
                faults.append(f"{file.stem}: a list of tasks starts with a list")
        if "boxes" not in record:
            continue
        tickets += 1
        tasks = sum(node["type"] == "taskItem" for node in walk(description))
        boxes += tasks
        if tasks != record["boxes"]:
            faults.append(f"{file.stem}: {tasks} tasks for {record['boxes']} boxes")
        letters += len(record["text"])
        if text(description) != record["text"]:
            faults.append(f"{file.stem}: the text is not the same")
        largest = max(largest, (record["body"], record["property"]))
    print(f"{documents} descriptions, {tickets} of them tickets: {boxes} tasks, {letters} letters of text")
    print(f"the largest ticket has {largest[0]} bytes, what is held beside it {largest[1]} characters")
    print(f"faults: {len(faults)}")
    for fault in faults[:20]:
        print(f"  {fault}")
    return 1 if faults or not tickets else 0


sys.exit(main(*sys.argv[1:]))
