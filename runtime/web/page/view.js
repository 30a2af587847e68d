// SPDX-License-Identifier: BSD-3-Clause

// Draws descriptions of elements into the document. What is there already is kept and changed where it differs, so
// that focus, selection and scroll positions survive. Text becomes text nodes: nothing is ever read as HTML.

const svgNamespace = "http://www.w3.org/2000/svg";
const drawn = new WeakMap(); // element -> the description that it was drawn from

/** Describes an element. Children that are null, undefined or false are left out. */
export function h(tag, props, ...children) {
  const present = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  return {tag, props: props ?? {}, key: props?.key, children: present};
}

/** Makes the children of an element what is described. */
export function render(container, ...children) {
  drawChildren(container, h(container.localName, null, ...children).children);
}

function drawChildren(parent, children) {
  const old = new Map(inSlots([...parent.childNodes], (node) => drawn.get(node) ?? ""));
  const wanted = inSlots(children, (child) => child);
  const names = new Set(wanted.map(([name]) => name));
  for (const [name, node] of old) {
    if (!names.has(name)) node.remove();
  }
  let place = parent.firstChild;
  for (const [name, child] of wanted) {
    const node = draw(old.get(name), child, parent);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
}

/** Names each item by its key, or by its tag and how many of that tag came before. */
function inSlots(items, describe) {
  const seen = new Map();
  return items.map((item) => {
    const description = describe(item);
    const kind = `${description.tag ?? "text"} ${description.key ?? ""}`;
    const before = seen.get(kind) ?? 0;
    seen.set(kind, before + 1);
    return [`${kind} ${before}`, item];
  });
}

function draw(node, description, parent) {
  if (typeof description !== "object") return drawText(node, String(description));
  const element = node ?? create(description.tag, parent);
  drawProps(element, drawn.get(element)?.props ?? {}, description.props);
  drawn.set(element, description);
  drawChildren(element, description.children);
  return element;
}

function drawText(node, text) {
  if (!node) return document.createTextNode(text);
  if (node.data !== text) node.data = text;
  return node;
}

function create(tag, parent) {
  const inSvg = tag === "svg" || parent.namespaceURI === svgNamespace;
  return inSvg ? document.createElementNS(svgNamespace, tag) : document.createElement(tag);
}

function drawProps(element, old, props) {
  for (const name of Object.keys(old)) {
    if (!(name in props)) drawProp(element, name, null);
  }
  for (const [name, value] of Object.entries(props)) {
    if (value !== old[name]) drawProp(element, name, value);
  }
}

function drawProp(element, name, value) {
  if (name === "key") return;
  if (name.startsWith("on")) element[name] = value;
  else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}
