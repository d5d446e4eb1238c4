/** Room that text takes: measured by the page it is drawn on, or reckoned where there is none. */

/** Pixels: the size of the text, and of a character as parts of it. */
export const FONT_SIZE = 12;
export const SMALL_SIZE = 11;
const MONO = 0.61;
const SANS = 0.54;
const WIDE = 1.02;
/** How much wider bold letters are. */
const BOLD = 1.04;

/** Scripts whose characters take the room of two. */
const WIDE_CHARACTER =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

export interface IFont {
  readonly size: number;
  readonly mono: boolean;
  readonly bold: boolean;
}

export const SMALL: IFont = { size: SMALL_SIZE, mono: false, bold: false };

/** Pixels that a text takes. */
export type Ruler = (text: string, font: IFont) => number;

/** Without a page: by the usual room of a character. */
export const reckoned: Ruler = (text, font) => {
  let width = 0;
  for (const character of text) {
    width += WIDE_CHARACTER.test(character) ? WIDE : font.mono ? MONO : SANS;
  }
  return width * font.size * (font.bold ? BOLD : 1);
};

/** In the fonts that an element's page has, whatever they are. */
export function measured(element: Element): Ruler {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) {
    return reckoned;
  }
  const look = getComputedStyle(element);
  const family = (name: string, usual: string): string => look.getPropertyValue(name).trim() || usual;
  const families = {
    sans: family('--jp-ui-font-family', 'sans-serif'),
    mono: family('--jp-code-font-family', 'monospace')
  };
  return (text, { size, mono, bold }) => {
    context.font = `${bold ? 600 : 400} ${size}px ${mono ? families.mono : families.sans}`;
    return context.measureText(text).width;
  };
}

/** A text, cut off with an ellipsis where it does not fit. */
export function fit(text: string, width: number, font: IFont, widthOf: Ruler): string {
  if (widthOf(text, font) <= width) {
    return text;
  }
  const characters = Array.from(text);
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${characters.slice(0, middle).join('')}…`, font) <= width) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return `${characters.slice(0, low).join('').trimEnd()}…`;
}
