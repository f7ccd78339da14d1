/* What is said of a route in the same words on the page and in a GPX document. */
import { formatNumber, shortKm, t } from "../base/text.js";

/** Minutes as whole hours and the minutes beside them, as numbers in words. */
export function hoursAndMinutes(minutes) {
  const whole = Math.round(minutes);
  return { hours: formatNumber(Math.floor(whole / 60), 0), minutes: formatNumber(whole % 60, 0) };
}

/** Minutes as "5 h 20 min". */
export function duration(minutes) {
  const whole = Math.round(minutes);
  const key = whole < 60 ? "minutes" : whole % 60 === 0 ? "hours" : "duration";
  return t(key, hoursAndMinutes(whole));
}

/** A time, which rests on assumed speeds, with whose they are. */
export const assumed = (minutes, { profile, season }) =>
  t("route_duration_value", {
    time: duration(minutes),
    profile: t(`profile_${profile}`),
    season: t(`season_${season}`),
  });

/** A figure with the part of the way that it speaks of, where that is not all of it. */
export const onPart = (figure, { known_km: known, length_km: length }) =>
  known < length ? t("on_part", { figure, known: shortKm(known), length: shortKm(length) }) : figure;

/** Hazard areas on the way, one text each: the status first. */
export const hazardTexts = (areas) =>
  areas.map(({ status_label: status, name, at_km, distance_km: distance }) => {
    const at = formatNumber(at_km, 1);
    const where =
      distance > 0
        ? t("hazard_passed", { distance: formatNumber(Math.max(distance, 0.1), 1), at })
        : t("hazard_crossed", { at });
    return t("hazard_on_way", { status, name, where });
  });

export const kmText = (km) => t("km", { km: formatNumber(km, km < 100 ? 1 : 0) });

/** The segments with the highest rates that the way passes, the highest first. */
export const worstOf = (answer) =>
  answer.worst.map((id) => answer.segments.find(({ segment_id: own }) => own === id)).filter(Boolean);
