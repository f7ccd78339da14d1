/* Building blocks of the page. Everything shown goes through here as text: no string is ever parsed as markup. */
(function (Sira) {
  "use strict";

  /** Make an element; children are nodes or plain text, lists of them at any depth. */
  Sira.el = function (tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) {
        node.setAttribute(name, value === true ? "" : value);
      }
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return node;
  };

  /** Make an SVG element. */
  Sira.svg = function (tag, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  /** Give `parent` these children; those that are there already stay, with the focus that may be in them. */
  Sira.update = function (parent, children) {
    const before = [...parent.children];
    children.forEach((child, i) => {
      if (!before[i]) {
        parent.append(child);
      } else if (!before[i].isEqualNode(child)) {
        before[i].replaceWith(child);
      }
    });
    before.slice(children.length).forEach((child) => child.remove());
  };

  /** Read a JSON block of the page; the scripts' only way to what the server wrote into it. */
  Sira.block = function (id) {
    const node = document.getElementById(id);
    return node ? JSON.parse(node.textContent) : null;
  };

  /** Fill a select with [value, label] pairs and choose one. */
  Sira.fillSelect = function (select, options, chosen) {
    select.replaceChildren(
      ...options.map(([value, label]) => Sira.el("option", { value, selected: value === chosen }, label))
    );
    select.value = chosen;
  };

  /** A two-column table of facts; rows without a value are left out. */
  Sira.facts = function (rows) {
    const shown = rows.filter((row) => row && row[1] !== null && row[1] !== undefined && row[1] !== "");
    return Sira.el(
      "dl",
      { class: "sira-facts" },
      shown.map(([term, value]) => [Sira.el("dt", {}, term), Sira.el("dd", {}, value)])
    );
  };
})((window.Sira = window.Sira || {}));
