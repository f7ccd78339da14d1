/* What the bundle gives as `Sira`: `start`, which the page calls, and what the browser tests ask the page for. */
export { readBlock } from "./base/dom.js";
export { monthNumber } from "./base/months.js";
export { showStatus } from "./base/status.js";
export { setLang } from "./base/text.js";
export { countUnits, makeTally } from "./data/counts.js";
export { fileSource } from "./data/file.js";
export { isWithin, readOutlines } from "./data/geometry.js";
export { httpSource } from "./data/http.js";
export { PointsLayer } from "./map/points.js";
export { start } from "./page/start.js";
