/* Coordinates in words, and what a person typed as coordinates: all that is written here is read here. */
import { forward, toPoint } from "mgrs/dist/mgrs.esm.js";
import { language } from "../base/text.js";

/** 14.4833 as "14°29′00″N"; seconds to the tenth, about 3 m. */
function sexagesimal(value, letters) {
  const tenths = Math.round(Math.abs(value) * 36000);
  const degrees = Math.floor(tenths / 36000);
  const minutes = Math.floor((tenths % 36000) / 600);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  const decimal = language() === "fr" ? seconds.replace(".", ",") : seconds;
  return `${degrees}°${String(minutes).padStart(2, "0")}′${decimal}″${letters[value < 0 ? 1 : 0]}`;
}

/**
 * A point in decimal degrees, to about a metre.
 * @param {Point} point
 */
export const decimal = ({ lat, lng }) => `${lat.toFixed(5)}, ${lng.toFixed(5)}`;

/**
 * A point in decimal degrees, in degrees, minutes and seconds, and as an MGRS reference.
 * @param {Point} point
 */
export function coordinates({ lat, lng }) {
  const east = language() === "fr" ? "EO" : "EW";
  return {
    decimal: decimal({ lat, lng }),
    dms: `${sexagesimal(lat, "NS")} ${sexagesimal(lng, east)}`,
    mgrs: forward([lng, lat], 5).replace(/^(\d+[A-Z])([A-Z]{2})(\d{5})(\d{5})$/, "$1 $2 $3 $4"),
  };
}

const numberOf = (text) => Number(text.replace(",", "."));
const onEarth = (lat, lng) => (Math.abs(lat) <= 85 && Math.abs(lng) <= 180 ? { lat, lng } : null);

/** "14.48, -4.18", and with the decimal comma of French. */
function readDecimal(text) {
  const pair = text.match(/^(-?\d{1,2}(?:[.,]\d+)?)\s*[;,\s]\s*(-?\d{1,3}(?:[.,]\d+)?)$/);
  return pair && onEarth(numberOf(pair[1]), numberOf(pair[2]));
}

const ANGLE = /(\d{1,3}(?:[.,]\d+)?)(?:(?:°\s*|\s+)(\d{1,2}(?:[.,]\d+)?)(?:(?:'\s*|\s+)(\d{1,2}(?:[.,]\d+)?)"?|'?)|°?)/
  .source;
const LETTER = "([NSEWO])";
const LETTERED = [
  { form: new RegExp(`^${ANGLE}\\s*${LETTER}[\\s,;]*${ANGLE}\\s*${LETTER}$`), letterFirst: false },
  { form: new RegExp(`^${LETTER}\\s*${ANGLE}[\\s,;]*${LETTER}\\s*${ANGLE}$`), letterFirst: true },
];
/* O is ouest; in both languages E is east. */
const SOUTH_OR_WEST = "SWO";

/** Degrees of an angle and its letter; null where minutes or seconds are none. */
function degreesOf(parts, letter) {
  const given = parts.filter((part) => part !== undefined).map(numberOf);
  const isWhole = given.slice(0, -1).every(Number.isInteger);
  if (!isWhole || given.slice(1).some((part) => part >= 60)) {
    return null;
  }
  const value = given.reduce((sum, part, i) => sum + part / 60 ** i, 0);
  return SOUTH_OR_WEST.includes(letter) ? -value : value;
}

/** Angles with the letters of their directions, in whatever order: degrees, with minutes and seconds where given. */
function readLettered(text) {
  for (const { form, letterFirst } of LETTERED) {
    const found = text.match(form);
    if (found) {
      const halves = [found.slice(1, 5), found.slice(5, 9)].map((half) => {
        const letter = letterFirst ? half[0] : half[3];
        return { letter, value: degreesOf(letterFirst ? half.slice(1) : half.slice(0, 3), letter) };
      });
      const [lat, lng] = ["NS", "EWO"].map((letters) => halves.find(({ letter }) => letters.includes(letter)));
      return lat && lng && lat.value !== null && lng.value !== null ? onEarth(lat.value, lng.value) : null;
    }
  }
  return null;
}

function readReference(text) {
  const reference = text.replace(/\s+/g, "");
  if (!/^\d{1,2}[C-HJ-NP-X][A-HJ-NP-Z]{2}(\d\d){1,5}$/.test(reference)) {
    return null;
  }
  try {
    const [lng, lat] = toPoint(reference);
    return { lat, lng };
  } catch {
    return null; // the letters name no square of that zone
  }
}

/* What keyboards, phones and other programs write for the same signs. */
/** @type {[RegExp, string][]} */
const SIGNS = [
  [/[\u2212\u2013]/g, "-"],
  [/[\u00ba\u02da]/g, "°"],
  [/''|[\u2033\u201c\u201d\u00a8]/g, '"'],
  [/[\u2032\u2019\u2018\u00b4`]/g, "'"],
];

/**
 * What a person typed as coordinates (decimal, degrees with letters, or MGRS), null where it is none of these.
 * @param {string} text
 * @returns {Point | null}
 */
export function readCoordinates(text) {
  const plain = SIGNS.reduce((said, [sign, usual]) => said.replace(sign, usual), text.trim().toUpperCase());
  return readDecimal(plain) || readLettered(plain) || readReference(plain);
}
