import type { Text } from '@codemirror/state';

import type { IAnalysis, INeed, IPlacement, IShipped } from './protocol';
import type { ISent, ISentCapture } from './shipments';
import { escaped } from './escaped';
import { captureOf, lastSent } from './shipments';

/** A name of the kernel that a callable takes along, and the lines (both ends included) that use it. */
export interface ICaptured {
  readonly name: string;
  readonly startLine: number;
  readonly endLine: number;
  /** The callable that is handed over. */
  readonly by: string;
  readonly need: INeed;
  /** As it was sent last; null if it was not, or its code has changed since. */
  readonly sent: ISentCapture | null;
}

/**
 * The captured names of each cell, by its index.
 *
 * @param outdated callables whose code is not what was sent last.
 */
export function capturedNames(
  analysis: Pick<IAnalysis, 'cells' | 'placement' | 'shipped'>,
  sent: readonly ISent[],
  outdated: ReadonlySet<IShipped>
): Map<number, ICaptured[]> {
  const pieces = new Map<number, IPlacement[]>();
  for (const piece of analysis.placement) {
    pieces.set(piece.cell, [...(pieces.get(piece.cell) ?? []), piece]);
  }
  const found = new Map<number, ICaptured[]>();
  for (const shipped of analysis.shipped) {
    const last = outdated.has(shipped) ? null : lastSent(sent, shipped, analysis.shipped);
    for (const need of shipped.captures) {
      const piece = home(shipped, need, pieces);
      if (piece) {
        const own = found.get(piece.cell) ?? [];
        own.push({
          name: need.name,
          startLine: piece.line,
          endLine: piece.endLine,
          by: shipped.name,
          need,
          sent: last && captureOf(last.function, need.name)
        });
        found.set(piece.cell, own);
      }
    }
  }
  return found;
}

/** The innermost piece that uses a captured name: the callable, or a function that travels with it. */
function home(
  shipped: IShipped,
  need: INeed,
  pieces: ReadonlyMap<number, readonly IPlacement[]>
): IPlacement | null {
  const at = need.at ?? shipped;
  const around = (pieces.get(at.cell) ?? []).filter(
    piece => piece.line <= at.line && at.line <= piece.endLine
  );
  const own = around.find(piece => piece.cell === shipped.cell && piece.line === shipped.line);
  return own ?? around.sort((a, b) => b.line - a.line)[0] ?? null;
}

/** A captured name where it stands in the text. */
export interface ISpot {
  readonly from: number;
  readonly to: number;
  readonly item: ICaptured;
}

/** Where captured names stand: each as a word of the code, and not as an attribute of something else. */
export function spots(doc: Text, captured: readonly ICaptured[]): ISpot[] {
  return captured.flatMap(item => {
    // The text may have moved on since it was analysed.
    const last = Math.min(item.endLine + 1, doc.lines);
    if (item.startLine + 1 > last) {
      return [];
    }
    const from = doc.line(item.startLine + 1).from;
    const code = codeOf(doc.sliceString(from, doc.line(last).to));
    const word = new RegExp(`(?<![\\p{L}\\p{N}_.])${escaped(item.name)}(?![\\p{L}\\p{N}_])`, 'gu');
    return Array.from(code.matchAll(word), match => ({
      from: from + match.index,
      to: from + match.index + match[0].length,
      item
    }));
  });
}

/** A comment, or a text with its prefix; one that is not closed goes to its end. */
const NO_CODE =
  /#.*|((?<!\w)[A-Za-z]{0,2})(?:'''(?:\\[^]|[^\\])*?(?:'''|$)|"""(?:\\[^]|[^\\])*?(?:"""|$)|'(?:\\[^]|[^'\\\n])*'?|"(?:\\[^]|[^"\\\n])*"?)/g;

/** Python with its comments and texts blanked, every character in its place; what an f-string computes stays. */
export function codeOf(source: string): string {
  return source.replace(NO_CODE, (whole, prefix: string | undefined) =>
    prefix?.toLowerCase().includes('f') ? computed(whole, prefix.length) : blank(whole)
  );
}

/** What stands in the braces of an f-string, the rest of it blanked. */
function computed(text: string, start: number): string {
  let depth = 0;
  return text.replace(/\{\{|\}\}|[^]/g, (part, at: number) => {
    if (at < start || (depth === 0 && part.length === 2)) {
      return blank(part);
    }
    for (const character of part) {
      depth += character === '{' ? 1 : character === '}' ? -1 : 0;
    }
    return depth > 0 && !part.startsWith('{') ? part : blank(part);
  });
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
