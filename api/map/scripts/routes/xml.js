/* XML as text: what is written into it is escaped in one place, so that none of it can be taken for markup. */
/* XML 1.0, production 2: what no document can carry is left out. */
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;" };

/** @param {string} text */
const escaped = (text) => text.replace(NOT_XML, "").replace(/[&<>"\r]/g, (character) => ESCAPES[character]);

/** An element that is written: nothing else enters a document unescaped. */
class Written {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/**
 * An element; `children` are elements made here, or text.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Written | string)} children
 */
export function xml(tag, attributes, ...children) {
  const beginning = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  const inside = children.map((child) => (child instanceof Written ? child.text : escaped(child)));
  return new Written(`<${tag}${beginning.join("")}>${inside.join("")}</${tag}>`);
}

/**
 * A document with the element `root`.
 * @param {Written} root
 */
export const xmlDocument = (root) => `<?xml version="1.0" encoding="UTF-8"?>\n${root.text}`;
