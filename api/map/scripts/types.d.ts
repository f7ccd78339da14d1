/* What the scripts' values are: the service's documents as the page uses them, and the elements of its templates. */

type Point = { lat: number; lng: number };
type Span = { start: string; end: string };
/** Half-open, ISO dates; null where nothing is known. */
type Period = { start: string | null; end: string | null };
type Lang = "fr" | "en";
type Measure = "rate" | "expected" | (string & {});

interface Measures {
  victims: string[];
  circles: string[];
  sums: Record<string, string[]>;
}

interface Settings {
  lang: Lang;
  languages: Record<Lang, string>;
  texts: Record<Lang, Record<string, string>>;
  palette: Palette;
  measures: Measures;
  bounds: [[number, number], [number, number]];
  levels: Record<string, string[]>;
  level: string;
  vintage: string;
  layers: Record<string, { on: boolean; drawing: string }>;
  span: Span | null;
  reader: { name: string; audience: string; user: boolean } | null;
  closed: string[];
  may: { days: boolean; routes: boolean };
  offer: Offer;
  hazards: string[];
  background: { url: string; credit: string } | null;
}

/** What the reader may see, as the service decided it. */
interface Offer {
  kinds: string[];
}

interface Drawing {
  color: string;
  weight: number;
  fillColor: string;
  fillOpacity: number;
  radius: number;
  dashArray?: string | undefined;
}

interface Palette {
  paper: string;
  hatch: string;
  border: string;
  counted: string;
  colours: string[];
  breaks: number[];
  circle_scale: number;
  casing_wider: number;
  hazard_groups: Record<string, "released" | "suspected" | "confirmed">;
  drawings: Record<string, Drawing>;
}

/** What the reader has chosen to see; "" is everything, and no period of days. */
interface Choice {
  level: string;
  vintage: string;
  measure: Measure;
  start: string;
  end: string;
  period: "" | "days30";
  hazard: string;
  layers: string[];
  unit: string;
  at: (Point & { zoom: number }) | null;
  lang: Lang;
}

interface Source {
  name: string;
  licence?: string;
  note?: string;
}

/** What an answer says of itself. */
interface About {
  revision: number;
  synthetic: boolean;
  period: Period;
  data_until: string | null;
  sources: Source[];
  conflict: { period: Period; source: string | null };
}

/** What an answer that holds a forecast says of itself. */
interface Forecast extends About {
  period: Span;
  title: string;
  out_of_date: boolean;
  window: { age: string };
  notices: string[];
  caveat: string;
  caveats: string[];
  change_since: string | null;
  scale: { unit: string; note?: string };
  bands: { band: string; text: string }[];
}

type Corner = [number, number];
interface Shape {
  parts: Corner[][][];
  middle: Point;
}

/** What is known of a unit before anything is counted in it. */
interface Unit {
  id: string;
  name: string;
  level: string;
  vintage: string;
  pcode: string | null;
  pcode_set: string | null;
  parent_id: string | null;
  population: number | null;
  population_year: number | null;
  approximate: boolean;
  area_km2: number;
  notes: Record<Lang, string>;
}

/** A unit with what was counted in it over a period; null is unknown, which is not 0. */
interface CountedUnit extends Unit {
  [victims: string]: any;
  events: number;
  events_exact: number;
  events_spread: number;
  last_event: string | null;
  synthetic: boolean;
  rate_per_100k_year: number | null;
  conflict_events: number | null;
  risk?: RiskRow;
}

interface Interval {
  value: number;
  low: number;
  high: number;
}

interface RiskRow {
  [member: string]: any;
  band: string;
  band_label: string;
  expected: number;
  low: number;
  high: number;
}

interface Outlines {
  units: Unit[];
  shapes: Map<string, Shape>;
  byId: Map<string, any>;
}

/** Months [from, to), counted from the first of a document. */
type Months = { from: number; to: number };

interface Trend {
  now: number;
  before: number;
  ratio: number | null;
  low: number;
  high: number;
  direction: string;
}

interface Tally {
  document: any;
  between(id: string, from: number, to: number): Record<string, any>;
  series(id: string, from: number, to: number): number[];
  trend(id: string): Trend | null;
  largest(measure: string, length: number): number;
  most?: number;
  mostKey?: string;
}

interface Risk {
  rows: Map<string, RiskRow>;
  about: Forecast | null;
  failure: string | null;
}

/** Where documents come from: the service that served the page, or the file that the page is. */
interface Documents {
  isFile?: boolean;
  forget?(): void;
  state?(): Promise<State>;
  leave?(): Promise<null>;
  outlines(choice: Choice): Promise<any>;
  counts(choice: Choice): Promise<any>;
  risk(choice: Choice): Promise<any>;
  cells(): Promise<any>;
  points(): Promise<any>;
  incident(number: number, revision: number): Promise<any>;
  names(): Promise<any>;
  layer(name: string): Promise<any>;
  base(name: string): Promise<any>;
  figures(): Promise<any>;
  route(asked: Asked): Promise<{ legs: any[]; notes: string[] }>;
  routeGpx?(asked: Asked): Promise<Blob>;
  routes?(): Promise<HeldRoutes>;
}

interface State {
  revision: number;
  assessed: boolean;
  offer: Offer;
}

/** Stops as the service takes them: names, or longitude and latitude. */
type Asked = { waypoints: (string | [number, number])[] };

interface HeldRoutes {
  places: string[];
  nearest(point: Point): { name: string; km: number };
  about(): string;
  find(stops: Asked["waypoints"]): { legs: any[]; notes: string[] };
}

/** What the search finds: a point, a place, or a unit with its id in each vintage. */
interface Entry extends Point {
  id: string;
  name: string;
  kind: string;
  zoom: number;
  weight: number;
  keys: string[];
  level?: string;
  vintage?: string;
  ids?: Record<string, string>;
  detail?: string;
  code?: { code: string; set: string };
}

interface Codes {
  form: RegExp | null;
  units: Map<string, Entry[]>;
  sets: string[];
}

interface Names {
  entries: Entry[];
  codes: Codes;
}

/** Incidents one by one, as `api.map.data.points` writes them: what is told of those that are not drawn. */
interface PointsDocument {
  day: number[];
  left_out: number;
  left_until: string | null;
  unplaced: number;
}

/** Everything that is shown, for the legend, the panel and the sheet. */
interface View {
  units: CountedUnit[];
  about: About;
  most: number;
  choice: Choice;
  riskAbout: Forecast | null;
  riskFailure: string | null;
  isOn(name: string): boolean;
  aboutOf(name: string): any;
  layerOf(name: string): any;
  drawnPoints: PointsDocument | null;
  palette: Palette;
  may: Settings["may"];
  isFile: boolean;
}

/** The page's elements by their ids; null where only some pages have them. */
interface PageElements {
  "sira-add-stop": HTMLButtonElement;
  "sira-age": HTMLElement;
  "sira-areas": HTMLUListElement;
  "sira-banner": HTMLElement;
  "sira-centre": HTMLButtonElement;
  "sira-coordinates": HTMLElement;
  "sira-coordinates-box": HTMLElement;
  "sira-credit": HTMLElement;
  "sira-end": HTMLSelectElement;
  "sira-figures-body": HTMLUListElement;
  "sira-file": HTMLAnchorElement | null;
  "sira-forecast-note": HTMLElement;
  "sira-full": HTMLButtonElement;
  "sira-hazard": HTMLSelectElement;
  "sira-held": HTMLDataListElement;
  "sira-lang": HTMLButtonElement;
  "sira-leave": HTMLButtonElement | null;
  "sira-legend": HTMLDetailsElement;
  "sira-legend-body": HTMLElement;
  "sira-level": HTMLSelectElement;
  "sira-list": HTMLElement;
  "sira-list-body": HTMLElement;
  "sira-list-open": HTMLButtonElement;
  "sira-login": HTMLAnchorElement | null;
  "sira-measure": HTMLSelectElement;
  "sira-measure-add": HTMLButtonElement;
  "sira-measure-text": HTMLElement;
  "sira-measure-tool": HTMLButtonElement;
  "sira-news": HTMLElement;
  "sira-news-read": HTMLButtonElement;
  "sira-news-text": HTMLElement;
  "sira-note": HTMLElement;
  "sira-panel": HTMLElement;
  "sira-panel-body": HTMLElement;
  "sira-panel-close": HTMLButtonElement;
  "sira-past": HTMLElement;
  "sira-play": HTMLButtonElement;
  "sira-print-a3": HTMLButtonElement;
  "sira-print-a4": HTMLButtonElement;
  "sira-reader": HTMLElement;
  "sira-results": HTMLUListElement;
  "sira-retry": HTMLButtonElement | null;
  "sira-route": HTMLDetailsElement;
  "sira-route-form": HTMLFormElement;
  "sira-route-held": HTMLElement;
  "sira-route-report": HTMLElement;
  "sira-route-title": HTMLElement;
  "sira-search": HTMLInputElement;
  "sira-search-said": HTMLElement;
  "sira-sheet-close": HTMLButtonElement;
  "sira-sheet-lines": HTMLElement;
  "sira-sheet-north": HTMLElement;
  "sira-sheet-print": HTMLButtonElement;
  "sira-sheet-title": HTMLElement;
  "sira-skip": HTMLButtonElement;
  "sira-slider": HTMLInputElement;
  "sira-start": HTMLSelectElement;
  "sira-status": HTMLElement;
  "sira-stops": HTMLElement;
  "sira-time": HTMLElement;
  "sira-time-text": HTMLOutputElement;
  "sira-unit": HTMLSelectElement;
  "sira-vintage": HTMLSelectElement;
}

declare module "mgrs/dist/mgrs.esm.js" {
  export { forward, toPoint } from "mgrs";
}
