import type { TranslationBundle } from '@jupyterlab/translation';

import { duration, rows as rowsName, statusName } from '../components/runWords';
import { cellName, kindName, outcomeName, runDetail } from '../components/words';
import type { IAnalysis, ICellView, IPlacement, IRun } from '../protocol';
import type { IFacts } from './facts';
import type { Standing } from './model';
import type { INode, IRow } from './nodes';
import { range, standingTone } from './nodes';
import type { IEntry } from './tree';
import { FEW, folded } from './tree';

/** The kernel's boxes: cells, and groups of them where there are many. */
export function kernelNodes(
  analysis: Pick<IAnalysis, 'cells'>,
  facts: IFacts,
  opened: ReadonlySet<string>,
  trans: TranslationBundle
): INode[] {
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

/** A cell's box: what its own lines do, the local pieces it defines, and what it hands over. */
function cellNode(entry: IEntry<ICellView>, cell: ICellView, facts: IFacts, trans: TranslationBundle): INode {
  const pieces = facts.piecesOf(cell.index);
  const local = pieces.filter(({ placement }) => placement.side !== 'executor');
  const defined = new Set(pieces.map(({ placement }) => placement.name));
  const sets = cell.sets.filter(name => !defined.has(name)).join(', ');
  const name = cellName(trans, cell.index);
  const rows: IRow[] = [
    {
      caption: name,
      text: sets,
      tone: 'head',
      mono: true,
      leads: {
        place: { cell: cell.index, line: cell.error?.line ?? 0 },
        label: trans.__('%1, kernel', [name, sets].filter(Boolean).join(' '))
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
        label: trans.__('hands over %1 by %2 in %3', shipped.name, call.method, cellName(trans, cell.index))
      },
      sends: { shipped, key: `${shipped.cell}:${shipped.line}:${shipped.name}:${at}` }
    };
  });
  const methods = new Set(own.map(({ call }) => call.method));
  const others = cell.calls.filter(text => !methods.has(text.slice(0, text.indexOf('('))));
  return [...rows, ...others.map((text): IRow => ({ text: `→ ${text}`, tone: 'executor', mono: true }))];
}

/** Several cells, or one that is folded. */
function cellGroupNode(entry: IEntry<ICellView>, facts: IFacts, trans: TranslationBundle): INode {
  const { items: cells, key } = entry;
  const open = entry.open === true;
  const sends = open ? [] : cells.flatMap(cell => facts.callsIn(cell.index).map(({ shipped }) => shipped));
  const name = range(
    cells.map(cell => cell.index),
    trans
  );
  const only = cells.length === 1 ? cells[0] : undefined;
  const local = cells
    .flatMap(cell => facts.piecesOf(cell.index))
    .filter(({ placement }) => placement.side !== 'executor');
  const broken = cells.filter(cell => cell.error).length;
  const said: IRow[] = [];
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
  return {
    key,
    side: 'kernel',
    kind: 'group',
    standing: !open && broken > 0 ? 'failing' : 'predicted',
    rows: [
      {
        caption: `${open ? '▾' : '▸'} ${name}`,
        text: only && !open ? only.sets.join(', ') : '',
        tone: 'head',
        mono: true
      },
      ...said
    ],
    action: { kind: 'toggle', open },
    label: [trans.__('%1, kernel', name), ...said.map(row => row.text)].join(', '),
    sends,
    holds: []
  };
}

function runStanding(status: IRun['status']): Standing {
  switch (status) {
    case 'ok':
      return 'verified';
    case 'running':
      return 'predicted';
    case 'dry':
      return 'planned';
    case 'error':
      return 'failed';
    default:
      return 'unfinished';
  }
}

/** What came back of the last run, as far as it is known. */
export function resultWords(run: IRun | null, trans: TranslationBundle): string {
  const last = run?.backend === 'maxcompute' && run.status === 'ok' ? run.executions.at(-1) : undefined;
  return typeof last?.rows === 'number' ? rowsName(trans, last.rows) : trans.__('result');
}

/** What comes back: of the last run, or as it is predicted. */
export function resultNode(
  analysis: Pick<IAnalysis, 'prediction'>,
  run: IRun | null,
  trans: TranslationBundle
): INode {
  const outcome = analysis.prediction?.executor ?? 'unknown';
  const ran = run?.backend === 'maxcompute' ? run : null;
  const standing = ran ? runStanding(ran.status) : outcome === 'error' ? 'failing' : 'predicted';
  const failed = standing === 'failing' || standing === 'failed';
  const text = !ran
    ? trans.__('predicted: %1', outcomeName(trans, outcome))
    : ran.status === 'running'
      ? statusName(trans, ran.status)
      : trans.__('%1, %2', statusName(trans, ran.status), duration(trans, ran.seconds));
  return {
    key: 'result',
    side: 'kernel',
    kind: 'result',
    standing,
    rows: [
      {
        text: ran ? trans.__('result of run %1', ran.number) : trans.__('result'),
        tone: 'head',
        mono: false
      },
      {
        text: failed ? `✗ ${text}` : text,
        tone: standingTone(standing),
        mono: false
      }
    ],
    action: null,
    label: ran ? runDetail(trans, ran) : text,
    hint: ran?.error ?? undefined,
    sends: [],
    holds: []
  };
}
