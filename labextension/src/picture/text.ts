/** Room that text takes: reckoned and not measured, so that a picture can be made without a page. */

/** Pixels: the size of the text, and of a character as parts of it. */
export const FONT_SIZE = 12;
export const SMALL_SIZE = 11;
const MONO = 0.61;
const SANS = 0.54;
const WIDE = 1.02;

/** Scripts whose characters take the room of two. */
const WIDE_CHARACTER =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

export interface IFont {
  readonly size: number;
  readonly mono: boolean;
}

/** Pixels that a text takes, at most. */
export function widthOf(text: string, font: IFont): number {
  let width = 0;
  for (const character of text) {
    width += WIDE_CHARACTER.test(character) ? WIDE : font.mono ? MONO : SANS;
  }
  return width * font.size;
}

/** A text, cut off with an ellipsis where it does not fit. */
export function fit(text: string, width: number, font: IFont): string {
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
