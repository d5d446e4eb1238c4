import type { TranslationBundle } from '@jupyterlab/translation';

import type { IProof } from '../diagnostics';
import type {
  Backend,
  IConnection,
  IKernelState,
  IPlacement,
  IPrediction,
  IProfile,
  IRun,
  Severity,
  Side
} from '../protocol';

/** Everything the panel says about data, in one place and translatable. */

/** How a cell is named: by its place among the code cells, as the reasons of the analysis name it; `[4]` would be its prompt. */
export function cellName(trans: TranslationBundle, index: number): string {
  return trans.__('cell %1', index + 1);
}

export function sideName(trans: TranslationBundle, side: Side): string {
  switch (side) {
    case 'local':
      return trans.__('local');
    case 'executor':
      return trans.__('executor');
    case 'both':
      return trans.__('both sides');
  }
}

export function severityName(trans: TranslationBundle, severity: Severity): string {
  switch (severity) {
    case 'error':
      return trans.__('error');
    case 'warning':
      return trans.__('warning');
    case 'information':
      return trans.__('information');
    case 'hint':
      return trans.__('hint');
  }
}

export function proofWords(trans: TranslationBundle, proof: IProof): string {
  return proof.by === 'preflight' ? trans.__('proven by preflight') : trans.__('proven by a job');
}

export function outcomeName(trans: TranslationBundle, outcome: IPrediction['pandas']): string {
  switch (outcome) {
    case 'ok':
      return trans.__('ok');
    case 'error':
      return trans.__('an error');
    case 'unknown':
      return trans.__('unknown');
  }
}

export function kindName(trans: TranslationBundle, kind: string): string {
  switch (kind) {
    case 'function':
      return trans.__('function');
    case 'class':
      return trans.__('class');
    case 'lambda':
      return trans.__('lambda');
    default:
      return kind;
  }
}

export function roleName(trans: TranslationBundle, role: string): string {
  switch (role) {
    case 'scalar':
      return trans.__('scalar');
    case 'row':
      return trans.__('row');
    case 'aggregate':
      return trans.__('aggregate');
    case 'mapper':
      return trans.__('mapper');
    case 'combiner':
      return trans.__('combiner');
    case 'reducer':
      return trans.__('reducer');
    default:
      return role;
  }
}

/** Lines as people count them, from 1. */
export function lineRange(trans: TranslationBundle, piece: IPlacement): string {
  return piece.line === piece.endLine
    ? trans.__('line %1', piece.line + 1)
    : trans.__('lines %1–%2', piece.line + 1, piece.endLine + 1);
}

export function backendName(backend: Backend): string {
  return backend === 'pandas' ? 'pandas' : 'MaxCompute';
}

export function connectionName(trans: TranslationBundle, connection: IConnection): string {
  switch (connection.kind) {
    case 'embedded':
      return connection.label ?? trans.__('embedded');
    case 'project':
      return connection.project ?? connection.label ?? trans.__('project');
    case 'none':
      return trans.__('not connected');
  }
}

export function connectionDetail(trans: TranslationBundle, connection: IConnection): string {
  switch (connection.kind) {
    case 'embedded':
      return trans.__('The embedded MaxCompute on this machine: no account, nothing leaves it.');
    case 'project':
      return connection.endpoint
        ? trans.__('The MaxCompute project %1 at %2.', connection.project ?? '', connection.endpoint)
        : trans.__('The MaxCompute project %1.', connection.project ?? '');
    case 'none':
      return trans.__(
        'No connection yet: the first %1 cell makes one, or say %2.',
        '%%odps',
        '%odps connect'
      );
  }
}

export function profileName(trans: TranslationBundle, profile: IProfile): string {
  const name = profile.image ? `${profile.name} · ${profile.image}` : profile.name;
  return profile.isRuntime ? name : trans.__('%1 · no MaxCompute runtime', name);
}

export function profileDetail(trans: TranslationBundle, profile: IProfile): string {
  return profile.isRuntime
    ? trans.__(
        "The Python that runs shipped functions on the executor, and its image if it is not the service's own."
      )
    : trans.__(
        "Functions run under this kernel's own Python, which MaxCompute does not have: it works embedded, not on a project."
      );
}

/** What the chosen backend means for the next run. */
export function backendDetail(trans: TranslationBundle, state: IKernelState): string {
  if (state.backend === 'pandas') {
    if (state.where !== null) {
      return state.sample === 'all'
        ? trans.__('pandas in this kernel, on all rows where %1', state.where)
        : trans._n(
            'pandas in this kernel, on up to %1 row where %2',
            'pandas in this kernel, on up to %1 rows where %2',
            state.sample,
            state.where
          );
    }
    return state.sample === 'all'
      ? trans.__('pandas in this kernel, on all rows')
      : trans._n(
          'pandas in this kernel, on a sample of %1 row',
          'pandas in this kernel, on a sample of %1 rows',
          state.sample
        );
  }
  switch (state.connection.kind) {
    case 'project':
      return trans.__('MaxCompute project %1, on whole tables', state.connection.project ?? '');
    case 'embedded':
      return trans.__('embedded MaxCompute, on whole tables');
    case 'none':
      return trans.__('MaxCompute, on whole tables');
  }
}

/** How the last or present run goes. */
export function runDetail(trans: TranslationBundle, run: IRun): string {
  const name = trans.__('Run %1 on %2', run.number, backendName(run.backend));
  const seconds = run.seconds.toFixed(run.seconds < 10 ? 1 : 0);
  switch (run.status) {
    case 'running':
      return trans.__('%1: running', name);
    case 'ok':
      return trans.__('%1: done in %2 s', name, seconds);
    case 'interrupted':
      return trans.__('%1: interrupted after %2 s', name, seconds);
    case 'stopped':
      return trans.__('%1: stopped after %2 s', name, seconds);
    case 'dry':
      return trans.__('%1: dry run, nothing was sent', name);
    case 'lost':
      return trans.__('%1: lost with its kernel', name);
    case 'error':
      // The whole of it stands among the runs.
      return run.error
        ? trans.__('%1: failed, %2', name, errorKind(run.error))
        : trans.__('%1: failed', name);
  }
}

/** `KeyError` of `KeyError: 'Ada'`. */
export function errorKind(error: string): string {
  return /^[\w.-]+(?=:|$)/.exec(error)?.[0] ?? error;
}

/** Bytes as people say them. */
export function sizeName(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit] ?? ''}`;
}
