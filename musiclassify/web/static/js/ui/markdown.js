/** Enough Markdown for a model's card: headings, paragraphs, lists, tables, code; built as nodes, never as HTML. */

import { el } from "../dom.js";

const INLINE = /(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/;

function inline(text) {
  return text.split(INLINE).map((part) => {
    if (part.startsWith("`") && part.length > 2) return el("code", { text: part.slice(1, -1) });
    if (part.startsWith("**") && part.length > 4) return el("strong", { text: part.slice(2, -2) });
    const link = /^\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)$/.exec(part);
    if (link) return el("a", { href: link[2], rel: "noreferrer noopener", target: "_blank", text: link[1] });
    return /^\[([^\]]+)\]\(/.test(part) ? part.replace(/^\[([^\]]+)\].*$/, "$1") : part;
  });
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

function table(lines) {
  const [head, , ...body] = lines;
  const row = (tag, line) => el("tr", {}, ...cells(line).map((cell) => el(tag, {}, ...inline(cell))));
  return el("table", {}, el("thead", {}, row("th", head)), el("tbody", {}, ...body.map((line) => row("td", line))));
}

/** @param {string} source @returns {DocumentFragment} without the title, which the dialog has */
export function markdown(source) {
  const out = document.createDocumentFragment();
  const lines = source.replace(/\r/g, "").split("\n");
  for (let i = 0; i < lines.length; ) {
    const line = lines[i];
    const take = (test) => {
      const taken = [];
      while (i < lines.length && test(lines[i])) taken.push(lines[i++]);
      return taken;
    };
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (!line.trim()) i += 1;
    else if (heading) {
      if (heading[1].length > 1) out.append(el("h3", {}, ...inline(heading[2])));
      i += 1;
    } else if (line.startsWith("```")) {
      i += 1;
      out.append(el("pre", {}, el("code", { text: take((l) => !l.startsWith("```")).join("\n") })));
      i += 1;
    } else if (line.trim().startsWith("|")) {
      const block = take((l) => l.trim().startsWith("|"));
      out.append(block.length > 1 ? el("div.scroll", {}, table(block)) : el("p", {}, ...inline(block[0])));
    } else if (/^\s*[-*]\s+/.test(line)) {
      const items = [];
      for (const l of take((x) => /^\s*[-*]\s+/.test(x) || /^\s{2,}\S/.test(x))) {
        if (/^\s*[-*]\s+/.test(l)) items.push(l.replace(/^\s*[-*]\s+/, ""));
        else items[items.length - 1] += ` ${l.trim()}`;
      }
      out.append(el("ul", {}, ...items.map((item) => el("li", {}, ...inline(item)))));
    } else {
      const plain = (l) => l.trim() && !/^(#{1,6}\s|```|\s*\||\s*[-*]\s+)/.test(l);
      const text = take(plain);
      out.append(el("p", {}, ...inline(text.length ? text.join(" ") : lines[i++])));
    }
  }
  return out;
}
