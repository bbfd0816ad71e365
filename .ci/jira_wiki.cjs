// Judges wiki markup: usage: jira_wiki.cjs FOLDER; exits 1 where the reader shows less or more than the ticket says.
//
// Each file holds a description in wiki markup, the text of its ticket and the number of its boxes.

const fs = require("fs");
const path = require("path");
const {WikiMarkupTransformer} = require("@atlaskit/editor-wikimarkup-transformer");

const named = {amp: "&", lt: "<", gt: ">", quot: "\"", nbsp: "\u00a0"};

// Jira shows what entities stand for; this reader, which is Cloud's, leaves them to the browser.
function decoded(text) {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, number, name) =>
    number ? String.fromCodePoint(Number(number)) : named[name] || whole);
}

function text(node) {
  if (node.type === "text") return decoded(node.text);
  if (node.type === "emoji") return `<emoji ${node.attrs.shortName}>`;
  return (node.content || []).map(text).join(node.type === "paragraph" ? "" : " ");
}

const reader = new WikiMarkupTransformer();
const folder = process.argv[2];
const faults = [];
let tickets = 0, boxes = 0, letters = 0;
for (const name of fs.readdirSync(folder).sort()) {
  const record = JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  const shown = text(reader.parse(record.wiki).toJSON()).replace(/\s/g, "");
  const found = (shown.match(/[☐☑]/g) || []).length;
  const words = shown.replace(/[☐☑]/g, "");
  tickets += 1;
  boxes += found;
  letters += [...record.text].length;
  if (found !== record.boxes) faults.push(`${name}: ${found} boxes for ${record.boxes}`);
  if (words !== record.text) {
    let at = 0;
    while (words[at] === record.text[at]) at += 1;
    const around = (it) => JSON.stringify(it.slice(Math.max(0, at - 20), at + 30));
    faults.push(`${name}: the text is not the same: ${around(words)} for ${around(record.text)}`);
  }
}
console.log(`${tickets} tickets: ${boxes} boxes, ${letters} letters of text, read by Atlassian's reader of wiki markup`);
console.log(`faults: ${faults.length}`);
faults.slice(0, 20).forEach((fault) => console.log(`  ${fault}`));
process.exit(faults.length || !tickets ? 1 : 0);
