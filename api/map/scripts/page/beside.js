/* What stands beside the units: layers and national figures. Where one cannot be had, the page is the same without it. */
import { byId, find } from "../base/dom.js";
import { showStatus } from "../base/status.js";
import { t } from "../base/text.js";
import { drawFigures } from "../panels/legend.js";

/* Layers of the data: they say their revision; and of assessments, which are of the data's revision or an earlier one. */
const REVISED = ["incidents", "hazards"];
const ASSESSED = ["cells", "hotspots", "axes"];

/**
 * The layers that are on and change with the data.
 * @param {import("./page.js").Page} page
 */
export const ofRevision = (page) => [...REVISED, ...ASSESSED].filter(page.layers.isOn);

/**
 * Switch a layer on or off as the choice has it; one that cannot be had is no longer chosen.
 * @param {import("./page.js").Page} page
 * @param {string} name
 */
export async function showLayer(page, name) {
  const { layers } = page;
  try {
    await layers.show(name, page.choice.layers.includes(name));
    const isRevised = REVISED.includes(name) && layers.isOn(name);
    if (isRevised && layers.about(name).revision !== page.counted.about.revision && !page.isRenewing) {
      page.news.check();
    }
  } catch (error) {
    showStatus(t("part_failed", { part: t(`layer_${name}`), reason: error.message }));
    page.choice = { ...page.choice, layers: page.choice.layers.filter((each) => each !== name) };
    find(`[data-layer="${name}"]`).checked = false;
    page.remember();
  }
  if (name === "online") {
    byId("sira-credit").hidden = !layers.isOn("online");
  }
  if (page.counted) {
    page.count();
  }
  page.list.refresh();
}

/**
 * Fetch and show the published national figures.
 * @param {import("./page.js").Page} page
 */
export async function showFigures(page) {
  try {
    drawFigures(await page.source.figures());
  } catch (error) {
    showStatus(t("part_failed", { part: t("figures"), reason: error.message }));
  }
}
