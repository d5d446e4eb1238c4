/** What is shown of many things in a row: each alone, or folded into groups that open. */

/** Up to this many are shown one by one. */
export const FEW = 12;
/** Above this many entries, neighbours are folded again. */
export const MOST = 14;
/** Entries that are left after that, at most. */
const FOLDED = 10;

/** Things of one kind in document order; `cell` is where each stands. */
export interface IEntry<T> {
  readonly key: string;
  readonly items: readonly T[];
  /** Null where it is shown in full; else whether what it holds is shown behind it. */
  readonly open: boolean | null;
}

interface INode<T> {
  readonly key: string;
  readonly items: readonly T[];
  readonly children: readonly INode<T>[];
}

export interface IFolding<T> {
  readonly items: readonly T[];
  readonly prefix: string;
  /** The cell an item is of: names groups, so that they stay open from one analysis to the next. */
  readonly nameOf: (item: T) => string;
  /** Whether two neighbours belong into one group of the first fold. */
  readonly together: (one: T, next: T) => boolean;
  readonly opened: ReadonlySet<string>;
}

/** What to show: entries in document order, a group's own entry before what it holds. */
export function folded<T>(folding: IFolding<T>): IEntry<T>[] {
  const { items, prefix, nameOf } = folding;
  const leaf = (item: T): INode<T> => ({ key: `${prefix}${nameOf(item)}`, items: [item], children: [] });
  if (items.length <= FEW) {
    return items.map(item => ({ ...leaf(item), open: null }));
  }
  const runs: T[][] = [];
  for (const item of items) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last !== undefined && folding.together(last, item)) {
      run.push(item);
    } else {
      runs.push([item]);
    }
  }
  const key = (own: readonly T[]): string =>
    own
      .map(nameOf)
      .filter((_, at) => at === 0 || at === own.length - 1)
      .join('–');
  const fold = (nodes: readonly INode<T>[]): readonly INode<T>[] => {
    if (nodes.length <= MOST) {
      return nodes;
    }
    const size = Math.ceil(nodes.length / FOLDED);
    return Array.from({ length: Math.ceil(nodes.length / size) }, (_, at) => {
      const inside = nodes.slice(at * size, (at + 1) * size);
      const own = inside.flatMap(each => each.items);
      return inside.length === 1 && inside[0]
        ? inside[0]
        : { key: `${prefix}${key(own)}`, items: own, children: fold(inside) };
    });
  };
  const nodes = runs.map(run => ({
    key: `${prefix}${key(run)}:run`,
    items: run,
    children: fold(run.map(leaf))
  }));
  return fold(nodes).flatMap(node => shown(node, folding.opened));
}

function shown<T>(node: INode<T>, opened: ReadonlySet<string>): IEntry<T>[] {
  if (node.children.length === 0) {
    return [{ key: node.key, items: node.items, open: null }];
  }
  const open = opened.has(node.key);
  const entry = { key: node.key, items: node.items, open };
  return open ? [entry, ...node.children.flatMap(child => shown(child, opened))] : [entry];
}
