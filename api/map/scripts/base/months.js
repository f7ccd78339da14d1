/* Months as numbers that can be counted with. */
/**
 * Months as numbers that can be counted with.
 * @param {string} month
 */
export const monthNumber = (month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;

/**
 * @param {number} number
 */
export const monthOf = (number) => `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, "0")}`;

/**
 * The month after "2023-12": periods are half-open, the form's last month is included.
 * @param {string} month
 */
export const monthAfter = (month) => monthOf(monthNumber(month) + 1);

/**
 * @param {string} month
 */
export const monthBefore = (month) => monthOf(monthNumber(month) - 1);
