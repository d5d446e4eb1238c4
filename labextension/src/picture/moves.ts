import type { ITarget } from './model';

/** Where an arrow key leads from a target: along its side, or to the other; null for other keys and at the ends. */
export function beside(targets: readonly ITarget[], from: ITarget, key: string): ITarget | null {
  const own = targets.filter(target => target.side === from.side).sort((a, b) => a.y - b.y);
  const at = own.indexOf(from);
  switch (key) {
    case 'ArrowDown':
      return own[at + 1] ?? null;
    case 'ArrowUp':
      return own[at - 1] ?? null;
    case 'Home':
      return own[0] ?? null;
    case 'End':
      return own.at(-1) ?? null;
    case 'ArrowRight':
      return from.side === 'kernel' ? nearest(targets, 'executor', from) : null;
    case 'ArrowLeft':
      return from.side === 'executor' ? nearest(targets, 'kernel', from) : null;
    default:
      return null;
  }
}

function nearest(targets: readonly ITarget[], side: ITarget['side'], from: ITarget): ITarget | null {
  const middle = (target: ITarget): number => target.y + target.height / 2;
  return targets
    .filter(target => target.side === side)
    .reduce<ITarget | null>(
      (best, target) =>
        best && Math.abs(middle(best) - middle(from)) <= Math.abs(middle(target) - middle(from))
          ? best
          : target,
      null
    );
}
