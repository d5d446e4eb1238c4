import { escaped } from './escaped';
import type { IAnalysis, IShipped } from './protocol';
import type { ICellSource } from './rest';
import type { ISent, ISentFunction, ISentPiece } from './sent';
import { sentOf } from './sent';

/**
 * Names of the code that is another now than it was sent: of the callable itself or of what it took along.
 *
 * The kernel says whether it has run other code since. Of a cell that was edited since it ran, which the kernel has not
 * seen, the lines in the notebook have to be those that were sent, too.
 *
 * @param edited ids of cells whose text has changed since they ran.
 */
export function rewritten(
  sent: ISentFunction,
  analysis: Pick<IAnalysis, 'placement'>,
  sources: readonly ICellSource[],
  edited: ReadonlySet<string>
): readonly string[] {
  if (sent.pieces.length === 0) {
    return sent.cell !== null && edited.has(sent.cell) ? [sent.name] : [];
  }
  const changed = sent.pieces.filter(
    piece => piece.stands === false || !holds(piece, analysis, sources, edited)
  );
  return Array.from(new Set(changed.map(piece => piece.name)));
}

/** Whether the notebook holds a piece as it was sent, as far as the kernel cannot say that. */
function holds(
  piece: ISentPiece,
  analysis: Pick<IAnalysis, 'placement'>,
  sources: readonly ICellSource[],
  edited: ReadonlySet<string>
): boolean {
  const { cell, source } = piece;
  if (cell === null || (piece.stands === true && !edited.has(cell))) {
    return true;
  }
  // Of code whose lines are not known, all that is known is whether its cell has changed.
  return source === null ? !edited.has(cell) : stands(piece, analysis, sources);
}

/**
 * The callables of which the notebook does not hold what was sent last.
 *
 * @param sent what the kernel tells of it; null from one that does not, where an edited cell is all that is known.
 */
export function outdated(
  analysis: IAnalysis,
  sources: readonly ICellSource[],
  sent: ISent | null,
  edited: ReadonlySet<string>
): ReadonlySet<IShipped> {
  return new Set(
    analysis.shipped.filter(shipped => {
      if (sent === null) {
        return edited.has(analysis.cells[shipped.cell]?.id ?? '');
      }
      const last = sentOf(shipped, analysis, sent);
      // What was sent under its name was another cell's.
      return last === null || rewritten(last, analysis, sources, edited).length > 0;
    })
  );
}

/** Whether a piece's lines are in its cell as they were, and are all of it: more of them may follow by now. */
function stands(
  piece: ISentPiece,
  analysis: Pick<IAnalysis, 'placement'>,
  sources: readonly ICellSource[]
): boolean {
  const index = sources.findIndex(cell => cell.id === piece.cell);
  if (piece.source?.startsWith('lambda')) {
    // Told without what stands beside it: it has to end there as it did. An `if` there would be part of it.
    const whole = new RegExp(`${escaped(piece.source)}(?=\\s*(?:[,;)\\]}#]|\\b(?:async\\s+)?for\\b|$))`, 'm');
    return whole.test(sources[index]?.source ?? '');
  }
  const now = sources[index]?.source.split('\n') ?? [];
  const then = level((piece.source ?? '').trimEnd().split('\n'));
  return analysis.placement.some(({ cell, name, endLine }) => {
    const first = endLine + 1 - then.length;
    if (cell !== index || name !== piece.name || first < 0) {
      return false;
    }
    const lines = level(now.slice(first, endLine + 1));
    return lines.every((line, at) => line === then[at]);
  });
}

/** Lines without the indent of the first, and without what is not seen at their ends. */
function level(lines: readonly string[]): string[] {
  const indent = /^\s*/.exec(lines[0] ?? '')?.[0] ?? '';
  return lines.map(line => (line.startsWith(indent) ? line.slice(indent.length) : line).trimEnd());
}
