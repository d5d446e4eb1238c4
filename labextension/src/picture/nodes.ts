import type { TranslationBundle } from '@jupyterlab/translation';

import { cellName, kindName, lineRange, outcomeName, runDetail, sizeName } from '../components/words';
import type { IAnalysis, ICellView, IPlace, IPlacement, IRun, IShipped } from '../protocol';
import type { ISent } from '../shipments';
import { captureOf } from '../shipments';
import type { IFacts, IPiece } from './facts';
import type { SideName, Standing, Tone } from './model';
import type { IEntry } from './tree';

/** One line of a box. */
export interface IRow {
  readonly text: string;
  readonly tone: Tone;
  readonly mono: boolean;
  /** At the right end of the line. */
  readonly badge?: { readonly text: string; readonly tone: Tone };
  /** Where the line leads, in a box that leads to several places; and what it is called. */
  readonly leads?: { readonly place: IPlace; readonly label: string };
  /** The callable this line hands over, and how it is told from other such lines. */
  readonly sends?: { readonly shipped: IShipped; readonly key: string };
}

/** A box before it has a place. */
export interface INode {
  readonly key: string;
  readonly side: SideName;
  readonly kind: 'cell' | 'group' | 'piece' | 'job' | 'result';
  readonly standing: Standing;
  readonly rows: readonly IRow[];
  /** What the whole box does, where its lines do nothing of their own. */
  readonly action:
    | { readonly kind: 'reveal'; readonly place: IPlace }
    | { readonly kind: 'toggle'; readonly open: boolean }
    | null;
  readonly label: string;
  /** Callables handed over from here without a line of their own. */
  readonly sends: readonly IShipped[];
  /** Callables that live here. */
  readonly holds: readonly IShipped[];
}

const MOST_NEEDS = 6;
const MOST_PROBLEMS = 3;

/** A cell's box: what its own lines do, the local pieces it defines, and what it hands over. */
export function cellNode(
  entry: IEntry<ICellView>,
  cell: ICellView,
  facts: IFacts,
  trans: TranslationBundle
): INode {
  const pieces = facts.piecesOf(cell.index);
  const local = pieces.filter(({ placement }) => placement.side !== 'executor');
  const defined = new Set(pieces.map(({ placement }) => placement.name));
  const sets = cell.sets.filter(name => !defined.has(name)).join(', ');
  const name = cellName(cell.index);
  const rows: IRow[] = [
    {
      text: [name, sets].filter(Boolean).join(' '),
      tone: 'head',
      mono: true,
      leads: {
        place: { cell: cell.index, line: cell.error?.line ?? 0 },
        label: trans.__('cell %1, kernel', [name, sets].filter(Boolean).join(' '))
      }
    }
  ];
  if (cell.error) {
    rows.push({ text: trans.__('✗ syntax error'), tone: 'bad', mono: false });
  }
  if (cell.imports.length > 0) {
    rows.push({ text: trans.__('imports %1', cell.imports.join(', ')), tone: 'quiet', mono: false });
  }
  rows.push(...local.map(piece => localRow(piece.placement, trans)));
  rows.push(...callRows(cell, facts, trans));
  return {
    key: entry.key,
    side: 'kernel',
    kind: 'cell',
    standing: cell.error ? 'failing' : 'predicted',
    rows,
    action: null,
    label: name,
    sends: [],
    holds: []
  };
}

function localRow(placement: IPlacement, trans: TranslationBundle): IRow {
  const named =
    placement.kind === placement.name ? placement.name : `${keyword(placement.kind)} ${placement.name}`;
  const side = placement.side === 'both' ? trans.__('both sides') : trans.__('kernel');
  return {
    text: named,
    tone: 'plain',
    mono: true,
    ...(placement.side === 'both' ? { badge: { text: trans.__('both'), tone: 'quiet' } } : {}),
    leads: {
      place: placement,
      label: `${placement.name}, ${kindName(trans, placement.kind)}, ${side}, ${placement.reason}`
    }
  };
}

function keyword(kind: string): string {
  return kind === 'class' ? 'class' : 'def';
}

function callRows(cell: ICellView, facts: IFacts, trans: TranslationBundle): IRow[] {
  const own = facts.callsIn(cell.index);
  const rows = own.map(({ shipped, call }, at): IRow => {
    const written = cell.calls.filter(text => text.startsWith(`${call.method}(`));
    const alone = own.filter(other => other.call.method === call.method).length === 1;
    const text = alone && written.length === 1 && written[0] ? written[0] : `${call.method}(${shipped.name})`;
    return {
      text: `→ ${text}`,
      tone: 'executor',
      mono: true,
      leads: {
        place: call,
        label: trans.__('hands over %1 by %2 in %3', shipped.name, call.method, cellName(cell.index))
      },
      sends: { shipped, key: `${shipped.cell}:${shipped.line}:${shipped.name}:${at}` }
    };
  });
  const methods = new Set(own.map(({ call }) => call.method));
  const others = cell.calls.filter(text => !methods.has(text.slice(0, text.indexOf('('))));
  return [...rows, ...others.map((text): IRow => ({ text: `→ ${text}`, tone: 'executor', mono: true }))];
}

/** Several cells, or one that is folded. */
export function cellGroupNode(entry: IEntry<ICellView>, facts: IFacts, trans: TranslationBundle): INode {
  const { items: cells, key } = entry;
  const open = entry.open === true;
  const sends = open ? [] : cells.flatMap(cell => facts.callsIn(cell.index).map(({ shipped }) => shipped));
  const name = range(cells.map(cell => cell.index));
  const only = cells.length === 1 ? cells[0] : undefined;
  const local = cells
    .flatMap(cell => facts.piecesOf(cell.index))
    .filter(({ placement }) => placement.side !== 'executor');
  const broken = cells.filter(cell => cell.error).length;
  const said: IRow[] = [];
  if (!open && !only) {
    said.push({ text: trans._n('%1 cell', '%1 cells', cells.length), tone: 'quiet', mono: false });
  }
  if (!open && local.length > 0) {
    said.push({
      text:
        local.length <= 3
          ? local.map(({ placement }) => placement.name).join(', ')
          : trans._n('%1 local piece', '%1 local pieces', local.length),
      tone: 'quiet',
      mono: local.length <= 3
    });
  }
  if (!open && sends.length > 0) {
    said.push({ text: trans.__('→ hands over %1', sends.length), tone: 'executor', mono: false });
  }
  if (!open && broken > 0) {
    said.push({
      text: trans._n('✗ %1 cannot be read', '✗ %1 cannot be read', broken),
      tone: 'bad',
      mono: false
    });
  }
  const head = `${open ? '▾' : '▸'} ${only && !open ? [name, only.sets.join(', ')].filter(Boolean).join(' ') : name}`;
  return {
    key,
    side: 'kernel',
    kind: 'group',
    standing: !open && broken > 0 ? 'failing' : 'predicted',
    rows: [{ text: head, tone: 'head', mono: true }, ...said],
    action: { kind: 'toggle', open },
    label: [
      trans._n('cell %2, kernel', 'cells %2, kernel', cells.length, name),
      ...said.map(row => row.text)
    ].join(', '),
    sends,
    holds: []
  };
}

/** A piece that runs on the executor: what it needs there, and what is wrong with it. */
export function pieceNode(
  entry: IEntry<IPiece>,
  piece: IPiece,
  facts: IFacts,
  trans: TranslationBundle
): INode {
  const { placement, shipped } = piece;
  const standing = facts.standingOf(piece);
  const badge = { text: standingName(standing, trans), tone: standingTone(standing) };
  const details: IRow[] = [{ text: cellName(placement.cell), tone: 'quiet', mono: true, badge }];
  if (placement.side === 'both') {
    details.push({ text: trans.__('on both sides'), tone: 'quiet', mono: false });
  }
  if (shipped) {
    details.push(...needs(shipped, facts, trans));
  } else {
    const roots = facts.rootsOf(piece).map(root => root.name);
    details.push({
      text: roots.length > 0 ? trans.__('travels with %1', roots.join(', ')) : placement.reason,
      tone: 'quiet',
      mono: false
    });
  }
  const problems = facts.problemsOf(piece);
  const kinds = Array.from(new Set(problems.map(item => item.kind)));
  for (const kind of kinds.slice(0, MOST_PROBLEMS)) {
    const error = problems.some(item => item.kind === kind && item.severity === 'error');
    details.push({ text: `${error ? '✗' : '!'} ${kind}`, tone: error ? 'bad' : 'warn', mono: false });
  }
  if (kinds.length > MOST_PROBLEMS) {
    details.push({ text: more(kinds.length - MOST_PROBLEMS, trans), tone: 'quiet', mono: false });
  }
  return {
    key: entry.key,
    side: 'executor',
    kind: 'piece',
    standing,
    rows: [{ text: placement.name, tone: 'head', mono: true }, ...details],
    action: { kind: 'reveal', place: placement },
    label: [
      trans.__('%1 on the executor, %2', placement.name, badge.text),
      `${cellName(placement.cell)} ${lineRange(trans, placement)}`,
      placement.reason,
      ...details.slice(1).map(row => row.text)
    ].join(', '),
    sends: [],
    holds: shipped ? [shipped] : []
  };
}

function needs(shipped: IShipped, facts: IFacts, trans: TranslationBundle): IRow[] {
  const sent = facts.sentOf(shipped);
  const rows: IRow[] = [
    ...shipped.captures.map((need): IRow => {
      const capture = sent && captureOf(sent.function, need.name);
      const text = !capture
        ? need.set
          ? trans.__('%1 from %2', need.name, cellName(need.set.cell))
          : trans.__('%1: by value', need.name)
        : capture.by === 'reference'
          ? trans.__('%1: %2, by reference', need.name, capture.type)
          : trans.__('%1: %2, %3', need.name, capture.type, sizeName(capture.size));
      return { text, tone: 'plain', mono: false };
    }),
    ...shipped.imports.map((need): IRow => ({
      text: trans.__('imports %1', need.name),
      tone: 'plain',
      mono: false
    })),
    ...shipped.functions.map((need): IRow => ({
      text: trans.__('with %1', need.name),
      tone: 'plain',
      mono: false
    }))
  ];
  return rows.length <= MOST_NEEDS
    ? rows
    : [
        ...rows.slice(0, MOST_NEEDS - 1),
        { text: more(rows.length - MOST_NEEDS + 1, trans), tone: 'quiet', mono: false }
      ];
}

/** The pieces of a cell, or of several, folded. */
export function pieceGroupNode(entry: IEntry<IPiece>, facts: IFacts, trans: TranslationBundle): INode {
  const { items: pieces, key } = entry;
  const open = entry.open === true;
  const name = range(pieces.map(({ placement }) => placement.cell));
  const names = pieces.map(({ placement }) => placement.name).join(', ');
  const standings = pieces.map(piece => facts.standingOf(piece));
  const failing = standings.filter(each => each === 'failing').length;
  const standing = together(standings);
  const said: IRow[] = open
    ? []
    : [
        {
          text: pieces.length <= 3 ? names : trans._n('%1 piece: %2', '%1 pieces: %2', pieces.length, names),
          tone: 'plain',
          mono: pieces.length <= 3
        }
      ];
  if (!open && failing === 0) {
    said.push({ text: standingName(standing, trans), tone: standingTone(standing), mono: false });
  }
  if (!open && failing > 0) {
    said.push({ text: trans.__('✗ %1 will fail', failing), tone: 'bad', mono: false });
  }
  return {
    key,
    side: 'executor',
    kind: 'group',
    standing: open ? 'predicted' : standing,
    rows: [
      {
        text: `${open ? '▾' : '▸'} ${name}`,
        tone: 'head',
        mono: true
      },
      ...said
    ],
    action: { kind: 'toggle', open },
    label: [trans.__('pieces of %1 on the executor', name), ...said.map(row => row.text)].join(', '),
    sends: [],
    holds: open ? [] : pieces.flatMap(({ shipped }) => (shipped ? [shipped] : []))
  };
}

/** The job that the functions become part of. */
export function jobNode(
  analysis: Pick<IAnalysis, 'shipped'>,
  facts: IFacts,
  sent: readonly ISent[],
  trans: TranslationBundle
): INode {
  const standing = together(analysis.shipped.map(shipped => facts.standingOfShipped(shipped)));
  const libraries = sent.filter(job => job.functions.length > 0).at(-1)?.libraries ?? [];
  const rows: IRow[] = [
    { text: trans.__('SQL job'), tone: 'head', mono: false },
    { text: trans._n('%1 UDF', '%1 UDFs', analysis.shipped.length), tone: 'quiet', mono: false },
    ...(libraries.length > 0
      ? [{ text: trans.__('with %1', libraries.join(', ')), tone: 'quiet', mono: false } as const]
      : [])
  ];
  return {
    key: 'job',
    side: 'executor',
    kind: 'job',
    standing,
    rows,
    action: null,
    label: trans.__('SQL job'),
    sends: [],
    holds: []
  };
}

/** What comes back: of the last run, or as it is predicted. */
export function resultNode(
  analysis: Pick<IAnalysis, 'prediction'>,
  run: IRun | null,
  trans: TranslationBundle
): INode {
  const outcome = analysis.prediction?.executor ?? 'unknown';
  const ran = run?.backend === 'maxcompute' ? run : null;
  const failed = ran ? ran.status === 'error' : outcome === 'error';
  const text = ran ? runDetail(trans, ran) : trans.__('predicted: %1', outcomeName(trans, outcome));
  return {
    key: 'result',
    side: 'kernel',
    kind: 'result',
    standing: failed ? 'failing' : ran?.status === 'ok' ? 'verified' : 'predicted',
    rows: [
      { text: trans.__('result'), tone: 'head', mono: false },
      {
        text: failed ? `✗ ${text}` : text,
        tone: failed ? 'bad' : ran?.status === 'ok' ? 'good' : 'quiet',
        mono: false
      }
    ],
    action: null,
    label: text,
    sends: [],
    holds: []
  };
}

/** How sure one is of several things at once. */
export function together(standings: readonly Standing[]): Standing {
  if (standings.includes('failing')) {
    return 'failing';
  }
  const [first] = standings;
  return first !== undefined && standings.every(each => each === first) ? first : 'predicted';
}

function standingName(standing: Standing, trans: TranslationBundle): string {
  switch (standing) {
    case 'predicted':
      return trans.__('predicted');
    case 'planned':
      return trans.__('compiled');
    case 'verified':
      return trans.__('verified');
    case 'failing':
      return trans.__('will fail');
  }
}

function standingTone(standing: Standing): Tone {
  return standing === 'failing' ? 'bad' : standing === 'verified' ? 'good' : 'quiet';
}

function range(cells: readonly number[]): string {
  const [first, last] = [Math.min(...cells), Math.max(...cells)];
  return first === last ? cellName(first) : `${cellName(first)}–${cellName(last)}`;
}

function more(count: number, trans: TranslationBundle): string {
  return trans._n('and %1 more', 'and %1 more', count);
}
