import type { IKernelState } from './protocol';
import type { IRun } from './runs';

/** Runs whose details are kept. */
const KEPT = 50;

/** The kernel's runs that this page has heard of, with all that was said of them: the history tells less. */
export class RunLog {
  /** Newest first. */
  get runs(): readonly IRun[] {
    return this._runs;
  }

  /**
   * Take up what a state says; null where the kernel is another or says nothing.
   *
   * @returns whether a run has begun or ended.
   */
  note(state: IKernelState | null): boolean {
    if (!state) {
      this._runs = [];
      return false;
    }
    const told = [...state.underway, ...(state.run ? [state.run] : [])];
    let turned = false;
    for (const run of told) {
      const at = this._runs.findIndex(known => same(known, run));
      const before = this._runs[at];
      turned ||= before?.status !== run.status;
      if (before === undefined) {
        this._runs = [run, ...this._runs].slice(0, KEPT);
      } else {
        this._runs = this._runs.map((known, index) => (index === at ? run : known));
      }
    }
    return turned;
  }

  private _runs: readonly IRun[] = [];
}

function same(a: IRun, b: IRun): boolean {
  return a.id === null ? b.id === null && a.number === b.number : a.id === b.id;
}
