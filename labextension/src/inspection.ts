import type { ISignal } from '@lumino/signaling';

import type { IProof } from './diagnostics';
import type { LinkStatus } from './link';
import type { Backend, IAnalysis, IEdit, IKernelState, IShipped, RequestError } from './protocol';
import type { ICellSource } from './rest';
import type { IHistory, IJob, IRun } from './runs';
import type { IOpened, ISent, ISentFunction } from './sent';

/** How a cell can be run for once: on a backend, compared, or without trying its functions before they are sent. */
export type Once = Backend | 'compare' | 'regardless';

/** All that is known of one open notebook, and what can be done with it. */
export interface IInspection {
  /** Tells the notebook from others of its name. */
  readonly path: string;
  readonly title: string;
  /** With what the kernel saw to fail on the executor among its problems. */
  readonly analysis: IAnalysis | null;
  /** The cells that the analysis speaks of. */
  readonly sources: readonly ICellSource[];
  /** Ids of the cells whose text has changed since they ran. */
  readonly edited: ReadonlySet<string>;
  /** Functions whose code is not, or may not be, what was sent of them last. */
  readonly outdated: ReadonlySet<IShipped>;
  /** The language of a notebook that is not in Python, and so not analysed; '' if it names none. */
  readonly otherLanguage: string | null;
  readonly analysisError: Error | null;
  readonly slow: boolean;
  readonly kernel: LinkStatus;
  readonly kernelState: IKernelState | null;
  readonly kernelBusy: boolean;
  readonly kernelError: RequestError | null;
  /** The kernel's runs that this page has heard of, newest first, with all that is known of them. */
  readonly runs: readonly IRun[];
  /** The runs that the kernel remembers; null where it has not told any. */
  readonly history: IHistory | null;
  /** What was sent, and what was seen to fail there; null where the kernel has not told it. */
  readonly sent: ISent | null;
  /** Whether the kernel's extension is of another version, which does not know all that is asked. */
  readonly kernelOlder: boolean;
  /** How many cells {@link restore} would change; 0 where they are not as the last edits left them. */
  readonly restorable: number;
  readonly changed: ISignal<IInspection, void>;

  /** Analyse again, for instance after the server could not be reached. */
  refresh(): void;
  /** Load the kernel extension. */
  enable(): Promise<void>;
  setBackend(backend: Backend): Promise<void>;
  /** Stop a run under way, or one execution. */
  stop(what: { readonly run: number } | { readonly key: number }): Promise<void>;
  /** The link to a job's Logview; null, and an error to be shown, where there is none. */
  logview(job: IJob): Promise<string | null>;
  /** The texts of a function that was sent; rejected with a reason to be shown. */
  open(job: number, at: number): Promise<IOpened>;
  /** Of the functions sent last, those that are defined or handed over in the active cell. */
  sentHere(): readonly ISentFunction[];
  /** Run the active cell, or the one of that id, for once so. */
  runOnce(how: Once, cell?: string): Promise<void>;
  /**
   * Make edits, one step to undo in each cell.
   *
   * @returns whether they were made: they are not if the cells have changed since they were analysed.
   */
  edit(edits: readonly IEdit[]): boolean;
  /**
   * Take back the last edits, in all their cells at once.
   *
   * @returns whether that was done: it is not if one of the cells has changed since.
   */
  restore(): boolean;
  /** Show no more that this was seen to fail. */
  dismiss(proof: IProof): void;
  /** Show what a rule is about. */
  explain(kind: string): Promise<void>;
  /** Show a line (from 0) of a code cell (by position among the code cells) in the notebook. */
  reveal(cell: number, line: number): Promise<void>;
}
