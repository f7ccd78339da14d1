/* The settings of a page as the service writes them: tests/unit/test_map_scripts.py says where they lie. */
import { readFileSync } from "node:fs";
import { setMeasures } from "../../api/map/scripts/base/measures.js";
import { setTexts } from "../../api/map/scripts/base/text.js";
import { setPalette } from "../../api/map/scripts/map/style.js";

/** @type {Settings} */
export const settings = JSON.parse(readFileSync(/** @type {string} */ (process.env.SIRA_PAGE_SETTINGS), "utf-8"));

setTexts(settings.texts);
setMeasures(settings.measures);
setPalette(settings.palette);
