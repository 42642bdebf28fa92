/** Small helpers to build the page; text is always set as text. */

/**
 * @param {string} name tag, with optional classes: "p.quiet.small"
 * @param {object} [attributes] `text`, `on` ({event: handler}), `vars` ({--name: value}), `data`; others as attributes
 * @param {...(Node|string|null)} children
 */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  fill(node, attributes);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function fill(node, { text, on = {}, vars = {}, data = {}, ...attributes }) {
  if (text !== undefined) node.textContent = text;
  for (const [event, handler] of Object.entries(on)) node.addEventListener(event, handler);
  for (const [variable, value] of Object.entries(vars)) node.style.setProperty(variable, value);
  Object.assign(node.dataset, data);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
}

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  play: "M8 5.5v13l11-6.5z",
  pause: "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z",
  warn: "M12 3.2 22 20.5H2zM11 9.5h2v5.5h-2zM11 16.6h2v2h-2z",
  down: "M11 4h2v8.2l3-3 1.4 1.4L12 16l-5.4-5.4L8 9.2l3 3zM5 18h14v2H5z",
  cross: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4L12 13.4 6.4 19 5 17.6l5.6-5.6L5 6.4z",
};

/** A small drawing; decoration only, the words stand beside it or in the button's label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

/** 95.3 -> "1:35" */
export function clock(seconds) {
  const whole = Math.floor(seconds + 0.05);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Hand a text (or a blob) to the browser as a download. */
export function save(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
