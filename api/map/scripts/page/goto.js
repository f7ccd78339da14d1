/* Going to what the search found. */
import { changeChoice } from "../data/choice.js";
import { showCoordinates } from "../tools/tools.js";

/**
 * Go to an entry of `names`; a unit of other boundaries brings these along.
 * @param {import("./page.js").Page} page
 * @param {Entry} entry
 */
export function goTo(page, entry) {
  const { choice, map, settings, units } = page;
  const { ids = {} } = entry;
  map.setView(entry, entry.zoom, { animate: false });
  if (!entry.level || !Object.hasOwn(settings.levels, entry.level)) {
    showCoordinates(entry, page.isInside(entry));
    return;
  }
  /* A region has another id in each vintage: the one that is shown is meant, where there is one. */
  const isHere = entry.level === choice.level && units.unit(ids[choice.vintage] || entry.id);
  if (isHere) {
    page.panel.pick(isHere.id);
    return;
  }
  const level = changeChoice(settings, page.choice, "level", entry.level);
  const vintage = [choice.vintage, level.vintage, entry.vintage].find((name) => Object.hasOwn(ids, name));
  page.choice = { ...level, vintage: vintage || level.vintage, unit: ids[vintage] || entry.id };
  page.redraw();
}
