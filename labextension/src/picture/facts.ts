import type { IDiagnostic } from '../diagnostics';
import type { IAnalysis, ICall, IPlacement, IShipped } from '../protocol';
import type { ISent, ISentFunction } from '../shipments';
import { lastSent } from '../shipments';
import type { Standing } from './model';

/** A function, class or lambda; with what it takes along if it is handed over itself. */
export interface IPiece {
  readonly placement: IPlacement;
  readonly shipped: IShipped | null;
}

/** What the boxes are filled from, looked up once for all of them. */
export interface IFacts {
  /** Of a cell, by its index, in the order of its lines. */
  readonly piecesOf: (cell: number) => readonly IPiece[];
  /** Those that run on the executor: each that is handed over with what travels with it. */
  readonly remote: readonly IPiece[];
  readonly callsIn: (cell: number) => readonly { readonly shipped: IShipped; readonly call: ICall }[];
  readonly rootsOf: (piece: IPiece) => readonly IShipped[];
  readonly problemsOf: (piece: IPiece) => readonly IDiagnostic[];
  /** What was sent of it and still holds: null where nothing was, or its code has changed since. */
  readonly sentOf: (shipped: IShipped) => { readonly job: ISent; readonly function: ISentFunction } | null;
  readonly standingOf: (piece: IPiece) => Standing;
  readonly standingOfShipped: (shipped: IShipped) => Standing;
}

export function gather(
  analysis: Pick<IAnalysis, 'cells' | 'placement' | 'shipped' | 'diagnostics'>,
  sent: readonly ISent[],
  outdated: ReadonlySet<IShipped>
): IFacts {
  const shippedAt = grouped(analysis.shipped, item => `${item.cell}:${item.line}`);
  const pieces = analysis.placement.map((placement): IPiece => {
    const here = shippedAt.get(`${placement.cell}:${placement.line}`) ?? [];
    return { placement, shipped: here.find(item => item.name === placement.name) ?? here[0] ?? null };
  });
  const byCell = grouped(pieces, piece => piece.placement.cell);
  for (const own of byCell.values()) {
    own.sort((a, b) => a.placement.line - b.placement.line);
  }
  const calls = grouped(
    analysis.shipped.flatMap(shipped => shipped.calls.map(call => ({ shipped, call }))),
    ({ call }) => call.cell
  );
  for (const own of calls.values()) {
    own.sort((a, b) => a.call.line - b.call.line);
  }
  const wrong = analysis.diagnostics.filter(item => item.severity === 'error' || item.severity === 'warning');
  const wrongIn = grouped(wrong, item => item.cell);
  const wrongOf = grouped(
    wrong.flatMap(item => item.functions.map(name => ({ name, item }))),
    ({ name }) => name
  );
  const travels = new Map<string, IShipped[]>();
  for (const shipped of analysis.shipped) {
    for (const need of shipped.functions) {
      const key = need.at ? `${need.at.cell}:${need.at.line}` : need.name;
      travels.set(key, [...(travels.get(key) ?? []), shipped]);
    }
  }
  const rootsOf = ({ placement }: IPiece): readonly IShipped[] =>
    travels.get(`${placement.cell}:${placement.line}`) ?? travels.get(placement.name) ?? [];
  const names = grouped(analysis.shipped, item => item.name);
  const sentOf = (shipped: IShipped): ReturnType<IFacts['sentOf']> =>
    outdated.has(shipped) ? null : lastSent(sent, shipped, names.get(shipped.name) ?? []);
  const sentStanding = (shipped: IShipped): Standing | null => {
    const last = sentOf(shipped);
    const outcome = last?.function.outcome;
    return outcome === 'failed' || outcome === 'unfinished' ? outcome : (last?.job.standing ?? null);
  };
  const problemsOf = ({ placement, shipped }: IPiece): readonly IDiagnostic[] => {
    const within = (wrongIn.get(placement.cell) ?? []).filter(
      item => placement.line <= item.line && item.line <= placement.endLine
    );
    const named = shipped ? (wrongOf.get(shipped.name) ?? []).map(({ item }) => item) : [];
    return Array.from(new Set([...within, ...named]));
  };
  const standingOf = (piece: IPiece): Standing => {
    const roots = piece.shipped ? [piece.shipped] : rootsOf(piece);
    const standing = roots.map(sentStanding).find(each => each !== null) ?? 'predicted';
    // What was seen there is the later word.
    const wrong = standing !== 'failed' && problemsOf(piece).some(item => item.severity === 'error');
    return wrong ? 'failing' : standing;
  };
  const ofShipped = new Map(
    pieces.flatMap(piece => (piece.shipped ? [[piece.shipped, piece] as const] : []))
  );
  const remote = pieces.filter(({ placement }) => placement.side !== 'local');
  return {
    piecesOf: cell => byCell.get(cell) ?? [],
    remote: inOrder(remote, rootsOf),
    callsIn: cell => calls.get(cell) ?? [],
    rootsOf,
    problemsOf,
    sentOf,
    standingOf,
    standingOfShipped: shipped => {
      const piece = ofShipped.get(shipped);
      return piece ? standingOf(piece) : (sentStanding(shipped) ?? 'predicted');
    }
  };
}

/** Those handed over in the order of their first calls, each with what travels with it; then the others. */
function inOrder(pieces: readonly IPiece[], rootsOf: IFacts['rootsOf']): IPiece[] {
  const roots = pieces.filter(piece => piece.shipped).sort((a, b) => before(first(a), first(b)));
  const along = new Map<IShipped | null, IPiece[]>();
  for (const piece of pieces.filter(each => !each.shipped)) {
    const root = rootsOf(piece)[0] ?? null;
    along.set(root, [...(along.get(root) ?? []), piece]);
  }
  return [...roots.flatMap(root => [root, ...(along.get(root.shipped) ?? [])]), ...(along.get(null) ?? [])];
}

function first(piece: IPiece): ICall | null {
  return piece.shipped?.calls[0] ?? null;
}

function before(one: ICall | null, other: ICall | null): number {
  return one && other ? one.cell - other.cell || one.line - other.line : one ? -1 : other ? 1 : 0;
}

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) {
      group.push(item);
    } else {
      groups.set(key, [item]);
    }
  }
  return groups;
}
