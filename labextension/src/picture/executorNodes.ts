import type { TranslationBundle } from '@jupyterlab/translation';

import { cellName, lineRange, sizeName } from '../components/words';
import type { IAnalysis, IShipped } from '../protocol';
import type { ISent } from '../shipments';
import { captureOf } from '../shipments';
import type { IFacts, IPiece } from './facts';
import type { INode, IRow } from './nodes';
import { more, range, standingName, standingTone, together } from './nodes';
import type { IEntry } from './tree';
import { FEW, folded } from './tree';

const MOST_NEEDS = 6;
const MOST_PROBLEMS = 3;
/** Pieces of a group that are named in its place. */
const FEW_NAMES = 3;

/** The executor's boxes: the pieces that run there, and groups of them where there are many. */
export function pieceNodes(
  analysis: Pick<IAnalysis, 'cells'>,
  facts: IFacts,
  opened: ReadonlySet<string>,
  trans: TranslationBundle
): INode[] {
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

/** A piece that runs on the executor: what it needs there, and what is wrong with it. */
function pieceNode(entry: IEntry<IPiece>, piece: IPiece, facts: IFacts, trans: TranslationBundle): INode {
  const { placement, shipped } = piece;
  const standing = facts.standingOf(piece);
  const badge = { text: standingName(standing, trans), tone: standingTone(standing) };
  const details: IRow[] = [{ text: cellName(trans, placement.cell), tone: 'quiet', mono: false, badge }];
  if (placement.side === 'both') {
    details.push({ text: trans.__('on both sides'), tone: 'quiet', mono: false });
  }
  const sent = shipped && facts.sentOf(shipped);
  if (sent) {
    const text = trans.__('pickle of %1', sizeName(sent.function.size));
    details.push({ text, tone: 'quiet', mono: false });
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
      `${cellName(trans, placement.cell)} ${lineRange(trans, placement)}`,
      placement.reason,
      ...details.slice(1).map(row => row.text)
    ].join(', '),
    hint: `${lineRange(trans, placement)}, ${placement.reason}`,
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
          ? trans.__('%1 from %2', need.name, cellName(trans, need.set.cell))
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
function pieceGroupNode(entry: IEntry<IPiece>, facts: IFacts, trans: TranslationBundle): INode {
  const { items: pieces, key } = entry;
  const open = entry.open === true;
  const name = range(
    pieces.map(({ placement }) => placement.cell),
    trans
  );
  const names = pieces.map(({ placement }) => placement.name).join(', ');
  const standings = pieces.map(piece => facts.standingOf(piece));
  const failing = standings.filter(each => each === 'failing').length;
  const failed = standings.filter(each => each === 'failed').length;
  const standing = together(standings);
  const count = trans._n('%1 piece', '%1 pieces', pieces.length);
  const named = !open && pieces.length <= FEW_NAMES;
  const said: IRow[] = open ? [] : [{ text: name, tone: 'quiet', mono: false }];
  if (!open && failing === 0 && failed === 0) {
    said.push({ text: standingName(standing, trans), tone: standingTone(standing), mono: false });
  }
  if (!open && failing > 0) {
    said.push({ text: trans.__('✗ %1 will fail', failing), tone: 'bad', mono: false });
  }
  if (!open && failed > 0) {
    said.push({ text: trans.__('✗ %1 failed', failed), tone: 'bad', mono: false });
  }
  return {
    key,
    side: 'executor',
    kind: 'group',
    standing: open ? 'predicted' : standing,
    rows: [
      {
        caption: open ? `▾ ${name}` : named ? '▸' : `▸ ${count}`,
        text: named ? names : '',
        tone: 'head',
        mono: true
      },
      ...said
    ],
    action: { kind: 'toggle', open },
    label: [
      trans.__('%1 of %2 on the executor', count, name),
      names,
      ...said.slice(1).map(row => row.text)
    ].join(', '),
    hint: named ? undefined : names,
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
