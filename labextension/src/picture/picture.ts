import type { TranslationBundle } from '@jupyterlab/translation';

import { sizeName } from '../components/words';
import type { IAnalysis, ICellView, IKernelState, IShipped } from '../protocol';
import { arrowPath, backPath, railPath } from './arrows';
import type { IFacts, IPiece } from './facts';
import { gather } from './facts';
import type { IArrow, IBox, IPicture, IRect, ISide, ITarget, IText, SideName } from './model';
import { jobNode, pieceGroupNode, pieceNode } from './executorNodes';
import { cellGroupNode, cellNode, resultNode } from './kernelNodes';
import type { INode, IRow } from './nodes';
import { together } from './nodes';
import { fit, FONT_SIZE, SMALL_SIZE, widthOf } from './text';
import { FEW, folded } from './tree';

export interface IPictureOptions {
  readonly analysis: Pick<IAnalysis, 'cells' | 'placement' | 'shipped' | 'diagnostics' | 'prediction'>;
  /** What the kernel says; null where it says nothing. */
  readonly state: Pick<IKernelState, 'profile' | 'run' | 'sent'> | null;
  /** Ids of cells whose text has changed since they ran: what was sent of them is not what stands there. */
  readonly edited: ReadonlySet<string>;
  /** Pixels there are. */
  readonly width: number;
  /** Keys of the groups that are open. */
  readonly opened: ReadonlySet<string>;
  readonly trans: TranslationBundle;
}

const LEAST_WIDTH = 300;
const HEADING = 40;
const MARGIN = 9;
const GAP = 8;
const PADDING = 8;
/** Room beside the executor's boxes for the line that leads to the job. */
const RAIL = 14;
const HEIGHT = { head: 19, row: 15, edges: 9 } as const;

/** Place everything: a pure function of what is known, what is open and the room there is. */
export function picture(options: IPictureOptions): IPicture {
  const { analysis, state, trans } = options;
  const width = Math.max(LEAST_WIDTH, Math.floor(options.width));
  const gutter = Math.min(120, Math.max(70, Math.round(width * 0.18)));
  const column = (width - gutter) / 2;
  const facts = gather(analysis, state?.sent ?? [], options.edited);
  const remote = analysis.shipped.length > 0 || facts.remote.length > 0;

  const left = stack(kernelNodes(options, facts), { x: MARGIN, width: column - 2 * MARGIN });
  const right = { x: column + gutter + MARGIN, width: column - 2 * MARGIN - RAIL };
  const sources = outgoing(left);
  const pieces = stack(pieceNodes(options, facts), right, node =>
    centre(node.holds.flatMap(held => sources.get(held) ?? []))
  );

  const below = Math.max(bottom(left), bottom(pieces)) + GAP;
  const ends = remote
    ? [
        place(
          resultNode(analysis, state?.run ?? null, trans),
          { x: MARGIN, width: column - 2 * MARGIN },
          below
        ),
        place(jobNode(analysis, facts, state?.sent ?? [], trans), right, below)
      ]
    : [];
  const placed = [...left, ...pieces, ...ends];
  const height = bottom(placed) + MARGIN;
  const sides = [
    side('kernel', { x: 0, y: 0, width: column, height }, trans.__('Kernel'), trans.__('this machine')),
    side(
      'executor',
      { x: column + gutter, y: 0, width: column, height },
      trans.__('Executor'),
      state?.profile?.name ?? 'MaxCompute'
    )
  ];
  const words: IText[] = remote
    ? ['cloudpickle', '→ UDF', trans.__('→ SQL job')].map((text, line) => ({
        x: column + gutter / 2,
        y: 15 + line * 13,
        anchor: 'middle',
        tone: 'quiet',
        mono: false,
        text
      }))
    : [
        {
          x: column + gutter + column / 2,
          y: HEADING + 16,
          anchor: 'middle',
          tone: 'quiet',
          mono: false,
          text: fit(trans.__('nothing is handed over'), column - 2 * MARGIN, SMALL)
        }
      ];
  return {
    width,
    height,
    sides,
    boxes: placed.map(box),
    arrows: [...sendArrows(left, pieces, facts, gutter), ...endArrows(pieces, ends, width, trans)],
    targets: placed.flatMap(targets),
    words
  };
}

const SMALL = { size: SMALL_SIZE, mono: false };

/** A node with its place; `rows` are the lines the text stands on. */
interface IPlaced extends IRect {
  readonly node: INode;
  readonly rows: readonly number[];
}

function kernelNodes(options: IPictureOptions, facts: IFacts): INode[] {
  const { analysis, opened, trans } = options;
  const quiet = (cell: ICellView): boolean => !cell.error && facts.callsIn(cell.index).length === 0;
  const many = analysis.cells.length > FEW;
  // A cell that only defines what runs on the executor is there and not here.
  const cells = analysis.cells.filter(
    cell =>
      cell.error !== null ||
      cell.imports.length + cell.calls.length > 0 ||
      facts.piecesOf(cell.index).length === 0 ||
      facts.piecesOf(cell.index).some(({ placement }) => placement.side !== 'executor') ||
      cell.sets.some(name => facts.piecesOf(cell.index).every(({ placement }) => placement.name !== name))
  );
  return folded({
    items: many ? analysis.cells : cells,
    prefix: 'kernel:',
    nameOf: cell => cell.id,
    together: (one, next) => quiet(one) && quiet(next),
    opened
  }).map(entry => {
    const [cell] = entry.items;
    return entry.open === null && cell
      ? cellNode(entry, cell, facts, trans)
      : cellGroupNode(entry, facts, trans);
  });
}

function pieceNodes(options: IPictureOptions, facts: IFacts): INode[] {
  const { analysis, opened, trans } = options;
  const pieces =
    facts.remote.length <= FEW
      ? facts.remote
      : [...facts.remote].sort(({ placement: a }, { placement: b }) => a.cell - b.cell || a.line - b.line);
  const nameOf = ({ placement }: IPiece): string =>
    `${analysis.cells[placement.cell]?.id ?? placement.cell}/${placement.line}/${placement.name}`;
  return folded({
    items: pieces,
    prefix: 'executor:',
    nameOf,
    together: (one, next) => one.placement.cell === next.placement.cell,
    opened
  }).map(entry => {
    const [piece] = entry.items;
    return entry.open === null && piece
      ? pieceNode(entry, piece, facts, trans)
      : pieceGroupNode(entry, facts, trans);
  });
}

/** One below the other; where it is said where they would best be, no higher than that. */
function stack(
  nodes: readonly INode[],
  column: Pick<IRect, 'x' | 'width'>,
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

function place(node: INode, column: Pick<IRect, 'x' | 'width'>, y: number): IPlaced {
  let line = y + HEIGHT.edges / 2;
  const rows = node.rows.map(row => {
    line += row.tone === 'head' ? HEIGHT.head : HEIGHT.row;
    return line - 4;
  });
  return { ...column, y, height: line + HEIGHT.edges / 2 - y, node, rows };
}

function box(placed: IPlaced): IBox {
  const { node, x, y, width, height } = placed;
  const texts = node.rows.flatMap((row, at) => rowTexts(row, placed, placed.rows[at] ?? y));
  return {
    key: node.key,
    side: node.side,
    kind: node.kind,
    standing: node.standing,
    x,
    y,
    width,
    height,
    texts
  };
}

function rowTexts(row: IRow, rect: IRect, y: number): IText[] {
  const font = { size: row.tone === 'head' || row.mono ? FONT_SIZE : SMALL_SIZE, mono: row.mono };
  const badge = row.badge ? fit(row.badge.text, rect.width / 2, SMALL) : '';
  const room = rect.width - 2 * PADDING - (badge ? widthOf(badge, SMALL) + 6 : 0);
  // Bold letters are wider.
  const text = fit(row.text, row.tone === 'head' ? room / 1.04 : room, font);
  const said: IText = { x: rect.x + PADDING, y, anchor: 'start', tone: row.tone, mono: row.mono, text };
  return row.badge
    ? [
        said,
        { x: rect.x + rect.width - PADDING, y, anchor: 'end', tone: row.badge.tone, mono: false, text: badge }
      ]
    : [said];
}

/** What of a box can be clicked: the whole of it, or each line that leads somewhere with those that belong to it. */
function targets(placed: IPlaced): ITarget[] {
  const { node, x, y, width, height, rows } = placed;
  const { key, side: sideOf, label } = node;
  if (node.action) {
    const action =
      node.action.kind === 'toggle'
        ? ({ kind: 'toggle', key, open: node.action.open } as const)
        : ({ kind: 'reveal', place: node.action.place } as const);
    return [{ key, side: sideOf, label, x, y, width, height, action }];
  }
  const leading = node.rows.flatMap((row, at) => (row.leads ? [{ leads: row.leads, at }] : []));
  return leading.map(({ leads, at }, index) => {
    const top = index === 0 ? y : (rows[at - 1] ?? y) + 4;
    const next = leading[index + 1];
    const end = next ? (rows[next.at - 1] ?? y) + 4 : y + height;
    return {
      key: `${key}#${index}`,
      side: sideOf,
      label: leads.label,
      x,
      y: top,
      width,
      height: end - top,
      action: { kind: 'reveal', place: leads.place }
    };
  });
}

/** Where each callable is handed over: the lines that say so, or the heads of groups that hold them. */
function outgoing(placed: readonly IPlaced[]): Map<IShipped, number[]> {
  const found = new Map<IShipped, number[]>();
  const add = (shipped: IShipped, y: number): void => {
    found.set(shipped, [...(found.get(shipped) ?? []), y]);
  };
  for (const each of placed) {
    each.node.rows.forEach((row, at) => {
      if (row.sends) {
        add(row.sends.shipped, (each.rows[at] ?? each.y) - 4);
      }
    });
    for (const shipped of each.node.sends) {
      add(shipped, each.y + HEIGHT.head / 2 + 3);
    }
  }
  return found;
}

function sendArrows(
  left: readonly IPlaced[],
  right: readonly IPlaced[],
  facts: IFacts,
  gutter: number
): IArrow[] {
  const homes = new Map(right.flatMap(each => each.node.holds.map(held => [held, each] as const)));
  const bundles = new Map<string, { from: IPlaced; to: IPlaced; y: number; shipped: IShipped[] }>();
  const add = (from: IPlaced, shipped: IShipped, y: number, line: string): void => {
    const to = homes.get(shipped);
    if (to) {
      const key = `${from.node.key}${line}>${to.node.key}`;
      const bundle = bundles.get(key) ?? { from, to, y, shipped: [] };
      bundle.shipped.push(shipped);
      bundles.set(key, bundle);
    }
  };
  for (const each of left) {
    each.node.rows.forEach((row, at) => {
      if (row.sends) {
        add(each, row.sends.shipped, (each.rows[at] ?? each.y) - 4, `#${row.sends.key}`);
      }
    });
    for (const shipped of each.node.sends) {
      add(each, shipped, each.y + HEIGHT.head / 2 + 3, '');
    }
  }
  const labelled = new Set<IPlaced>();
  return Array.from(bundles, ([key, { from, to, y, shipped }]): IArrow => {
    const end = { x: to.x, y: to.y + HEIGHT.head / 2 + 3 };
    const [only] = shipped;
    const sent = shipped.length === 1 && only ? facts.sentOf(only) : null;
    const text = sent ? sizeName(sent.function.size) : shipped.length > 1 ? `×${shipped.length}` : '';
    const label: IText | null =
      text && !labelled.has(to)
        ? { x: end.x - MARGIN - 4, y: end.y - 5, anchor: 'end', tone: 'quiet', mono: false, text }
        : null;
    if (label) {
      labelled.add(to);
    }
    return {
      key,
      kind: 'send',
      from: from.node.key,
      to: to.node.key,
      standing: together(shipped.map(each => facts.standingOfShipped(each))),
      count: shipped.length,
      path: arrowPath({ x: from.x + from.width, y }, end, gutter),
      label
    };
  });
}

/** From what was handed over to the job, and from the job back. */
function endArrows(
  pieces: readonly IPlaced[],
  ends: readonly IPlaced[],
  width: number,
  trans: TranslationBundle
): IArrow[] {
  const [result, job] = ends;
  if (!result || !job) {
    return [];
  }
  const middle = (each: IPlaced): number => each.y + each.height / 2;
  const into = pieces
    .filter(each => each.node.holds.length > 0)
    .map((each): IArrow => ({
      key: `${each.node.key}>job`,
      kind: 'job',
      from: each.node.key,
      to: 'job',
      standing: each.node.standing,
      count: each.node.holds.length,
      path: railPath(
        { x: each.x + each.width, y: each.y + HEIGHT.head / 2 + 3 },
        { x: job.x + job.width, y: middle(job) },
        width - MARGIN
      ),
      label: null
    }));
  const y = Math.min(middle(job), middle(result));
  return [
    ...into,
    {
      key: 'job>result',
      kind: 'result',
      from: 'job',
      to: 'result',
      standing: result.node.standing,
      count: 1,
      path: backPath({ x: job.x, y }, { x: result.x + result.width, y }),
      label: {
        x: (result.x + result.width + job.x) / 2,
        y: y - 6,
        anchor: 'middle',
        tone: 'quiet',
        mono: false,
        text: trans.__('result')
      }
    }
  ];
}

function side(name: SideName, rect: IRect, title: string, detail: string): ISide {
  const from = rect.x + MARGIN + 2;
  const room = rect.width - 2 * MARGIN;
  return {
    name,
    ...rect,
    title: { x: from, y: 17, anchor: 'start', tone: 'head', mono: false, text: title },
    detail: { x: from, y: 31, anchor: 'start', tone: 'quiet', mono: false, text: fit(detail, room, SMALL) }
  };
}

function bottom(placed: readonly IRect[]): number {
  return placed.reduce((lowest, each) => Math.max(lowest, each.y + each.height), HEADING + 30);
}

function centre(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
