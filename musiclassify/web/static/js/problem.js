/** What can go wrong, by code; i18n says it in words ("problem.<code>"). */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {Record<string, string | number>} values what the words need
   */
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

export const cancelled = (error) => error instanceof Problem && error.code === "cancelled";
