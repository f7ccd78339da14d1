/* Building blocks of the page. Everything shown goes through here as text: no string is ever parsed as markup. */
/**
 * The element of the page with this id, as a template wrote it.
 * @template {keyof PageElements} Id
 * @param {Id} id
 * @returns {PageElements[Id]}
 */
export const byId = (id) => /** @type {any} */ (document.getElementById(id));

/**
 * The elements that a selector finds and that are of a kind.
 * @template {Element} Kind
 * @param {string} selector
 * @param {new () => Kind} kind
 * @param {ParentNode} [root]
 */
export const findAll = (selector, kind, root = document) =>
  /** @type {Kind[]} */ ([...root.querySelectorAll(selector)].filter((node) => node instanceof kind));

/**
 * The element that a selector finds, where the page is made so that it finds one.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {any}
 */
export const find = (selector, root = document) => root.querySelector(selector);

/**
 * Make an element; children are nodes or plain text, lists of them at any depth.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [attributes]
 * @param {...any} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Make an SVG element.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/**
 * Give `parent` these children; those that are there already stay, with the focus that may be in them.
 * @param {Element} parent
 * @param {Element[]} children
 */
export function updateChildren(parent, children) {
  const before = [...parent.children];
  children.forEach((child, i) => {
    if (!before[i]) {
      parent.append(child);
    } else if (!before[i].isEqualNode(child)) {
      before[i].replaceWith(child);
    }
  });
  before.slice(children.length).forEach((child) => child.remove());
}

/**
 * Read a JSON block of the page; the scripts' only way to what the server wrote into it.
 * @param {string} id
 * @returns {any}
 */
export function readBlock(id) {
  const node = document.getElementById(id);
  return node ? JSON.parse(node.textContent) : null;
}

/**
 * Fill a select with [value, label] pairs and choose one.
 * @param {HTMLSelectElement} select
 * @param {string[][]} options
 * @param {string} chosen
 */
export function fillSelect(select, options, chosen) {
  select.replaceChildren(
    ...options.map(([value, label]) => el("option", { value, selected: value === chosen }, label))
  );
  select.value = chosen;
}

/**
 * A two-column table of facts; rows without a value are left out.
 * @param {any[][]} rows
 */
export function facts(rows) {
  const shown = rows.filter((row) => row[1] !== null && row[1] !== undefined && row[1] !== "");
  return el(
    "dl",
    { class: "sira-facts" },
    shown.map(([term, value]) => [el("dt", {}, term), el("dd", {}, value)])
  );
}
