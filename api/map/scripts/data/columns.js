/* Documents of columns, and those whose members differ by language: read as rows, in the language of the page. */
import { language } from "../base/text.js";

/** A document whose members that differ by language are kept apart. */
export const inLanguage = ({ common, said }) => ({ ...common, ...said[language()] });

/**
 * Row `row` of a document of columns.
 * @param {Record<string, any[]>} columns
 * @param {number} row
 * @returns {Record<string, any>}
 */
export const rowOf = (columns, row) =>
  Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[row]]));

/**
 * A document of columns as rows by id.
 * @param {any} document
 * @returns {Map<string, any>}
 */
export function rowsOf(document) {
  const columns = Object.entries(document).filter(([, column]) => Array.isArray(column));
  return new Map(
    document.ids.map((id, row) => [id, Object.fromEntries(columns.map(([name, values]) => [name, values[row]]))])
  );
}
