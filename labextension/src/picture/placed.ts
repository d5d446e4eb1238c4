import type { IRect } from './model';
import type { INode } from './nodes';

/** Pixels above the first box of a side: its heading stands there. */
export const HEADING = 40;
/** Pixels between a box and the edge of its side, and between two boxes. */
export const MARGIN = 9;
export const GAP = 8;
const HEIGHT = { head: 19, row: 15, edges: 9 } as const;

/** A node with its place; `rows` are the lines the text stands on. */
export interface IPlaced extends IRect {
  readonly node: INode;
  readonly rows: readonly number[];
}

export type Column = Pick<IRect, 'x' | 'width'>;

/** One below the other; where it is said where they would best be, no higher than that. */
export function stack(
  nodes: readonly INode[],
  column: Column,
  wanted: (node: INode) => number | null = () => null
): IPlaced[] {
  let y = HEADING;
  return nodes.map(node => {
    const middle = wanted(node);
    const placed = place(node, column, middle === null ? y : Math.max(y, middle - HEIGHT.head));
    y = placed.y + placed.height + GAP;
    return placed;
  });
}

export function place(node: INode, column: Column, y: number): IPlaced {
  let line = y + HEIGHT.edges / 2;
  const rows = node.rows.map(row => {
    line += row.tone === 'head' ? HEIGHT.head : HEIGHT.row;
    return line - 4;
  });
  return { ...column, y, height: line + HEIGHT.edges / 2 - y, node, rows };
}

/** Where an arrow meets the head of a box, and one of its lines. */
export function headOf(placed: IPlaced): number {
  return placed.y + HEIGHT.head / 2 + 3;
}

export function lineOf(placed: IPlaced, row: number): number {
  return (placed.rows[row] ?? placed.y) - 4;
}

/** Where the lowest box ends; a side without any has a little room all the same. */
export function bottom(placed: readonly IRect[]): number {
  return placed.reduce((lowest, each) => Math.max(lowest, each.y + each.height), HEADING + 30);
}
