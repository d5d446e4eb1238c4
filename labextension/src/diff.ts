import { edited } from './edits';
import type { IEdit } from './protocol';
import type { ICellSource } from './rest';

/** A line of a preview: as it stands, taken away, or put there. */
export interface IDiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** What edits do to one cell: the lines around each change. */
export interface ICellDiff {
  readonly cell: number;
  readonly lines: readonly IDiffLine[];
}

/** Lines shown before and after a change. */
const CONTEXT = 1;
/** Above this, changed lines are shown whole and not compared one by one. */
const MOST_COMPARED = 400;

/** What `edits` do to the cells of `sources`, cell by cell. */
export function preview(sources: readonly ICellSource[], edits: readonly IEdit[]): readonly ICellDiff[] {
  const cells = Array.from(new Set(edits.map(edit => edit.cell))).sort((a, b) => a - b);
  return cells.flatMap(cell => {
    const source = sources[cell]?.source;
    if (source === undefined) {
      return [];
    }
    const now = edited(
      source,
      edits.filter(edit => edit.cell === cell)
    );
    return [{ cell, lines: around(diff(source.split('\n'), now.split('\n'))) }];
  });
}

function diff(before: readonly string[], now: readonly string[]): IDiffLine[] {
  let start = 0;
  while (start < before.length && start < now.length && before[start] === now[start]) {
    start += 1;
  }
  let tail = 0;
  while (
    tail < before.length - start &&
    tail < now.length - start &&
    before[before.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail += 1;
  }
  return [
    ...before.slice(0, start).map(text => line('same', text)),
    ...compare(before.slice(start, before.length - tail), now.slice(start, now.length - tail)),
    ...before.slice(before.length - tail).map(text => line('same', text))
  ];
}

/** By the longest common subsequence of lines. */
function compare(before: readonly string[], now: readonly string[]): IDiffLine[] {
  if (before.length * now.length > MOST_COMPARED * MOST_COMPARED) {
    return [...before.map(text => line('removed', text)), ...now.map(text => line('added', text))];
  }
  const common = Array.from({ length: before.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) {
        row[j] = before[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  const lines: IDiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < now.length) {
    const [left, right] = [before[i], now[j]];
    if (left !== undefined && left === right) {
      lines.push(line('same', left));
      [i, j] = [i + 1, j + 1];
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(line('removed', left));
      i += 1;
    } else if (right !== undefined) {
      lines.push(line('added', right));
      j += 1;
    }
  }
  return lines;
}

/** The changed lines with those next to them. */
function around(lines: readonly IDiffLine[]): IDiffLine[] {
  return lines.filter((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(near => near.kind !== 'same')
  );
}

function line(kind: IDiffLine['kind'], text: string): IDiffLine {
  return { kind, text };
}
