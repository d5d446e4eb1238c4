/** What is shown of many things in a row: each alone, or folded into groups that open. */

/** Up to this many are shown one by one. */
export const FEW = 12;
/** Above this many entries, neighbours are folded again. */
export const MOST = 30;
/** Entries that are left after that, more or less. */
const FOLDED = 20;

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
  let nodes: INode<T>[] = runs.map(run => ({
    key: `${prefix}${key(run)}:run`,
    items: run,
    children: run.map(leaf)
  }));
  if (nodes.length > MOST) {
    const size = Math.ceil(nodes.length / FOLDED);
    nodes = Array.from({ length: Math.ceil(nodes.length / size) }, (_, at) => {
      const children = nodes.slice(at * size, (at + 1) * size);
      const own = children.flatMap(child => child.items);
      return children.length === 1 && children[0]
        ? children[0]
        : { key: `${prefix}${key(own)}`, items: own, children };
    });
  }
  return nodes.flatMap(node => shown(node, folding.opened));
}

function shown<T>(node: INode<T>, opened: ReadonlySet<string>): IEntry<T>[] {
  if (node.children.length === 0) {
    return [{ key: node.key, items: node.items, open: null }];
  }
  const open = opened.has(node.key);
  const entry = { key: node.key, items: node.items, open };
  return open ? [entry, ...node.children.flatMap(child => shown(child, opened))] : [entry];
}
