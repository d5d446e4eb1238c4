/** What the kernel says of itself, read as `protocol.ts` reads all that comes from outside. */

import { fields, number, oneOf, optionalList, optionalNumber, optionalText, text } from './fields';
import type { Backend, ILive, IRun } from './runs';
import { BACKENDS, readLive, readRun } from './runs';
import type { ISent } from './shipments';
import { readSent } from './shipments';

export interface IConnection {
  readonly kind: 'embedded' | 'project' | 'none';
  readonly project: string | null;
  readonly endpoint: string | null;
  readonly label: string | null;
}

export interface IProfile {
  readonly name: string;
  readonly isRuntime: boolean;
  readonly image: string | null;
}

/** A resource that a cell names and the project does not hold yet. */
export interface IUnsubmitted {
  readonly name: string;
  /** Id of the cell and the line, from 0, that name it; null where it is set for all jobs. */
  readonly cell: string | null;
  readonly line: number | null;
  /** Whether it counts once a node of DataWorks is submitted. */
  readonly submitted: boolean;
  /** Whether the project could be asked for it. */
  readonly known: boolean;
  readonly project: string;
}

/** What the kernel says of itself. */
export interface IKernelState {
  readonly backend: Backend;
  readonly sample: number | 'all';
  /** The condition that rows of the sample meet, in SQL. */
  readonly where: string | null;
  readonly connection: IConnection;
  readonly profile: IProfile | null;
  readonly run: IRun | null;
  /** What went to the executor lately, the last job last. */
  readonly sent: readonly ISent[];
  /** Runs under way, oldest first. */
  readonly underway: readonly IRun[];
  /** Resources that are named and not there; none from a kernel that does not say. */
  readonly unsubmitted: readonly IUnsubmitted[];
  /** Executions under way, oldest first, those of plain cells too. */
  readonly live: readonly ILive[];
  /** Whether the kernel knows which notebook it serves; null from one that does not say. */
  readonly knowsNotebook: boolean | null;
}

/**
 * Read a state, which a message has under `key`.
 *
 * @throws ProtocolError
 */
export function readKernelState(value: unknown, key: string): IKernelState {
  const state = fields(value, key);
  const connection = fields(state.connection, 'connection');
  const profile =
    state.profile === null || state.profile === undefined ? null : fields(state.profile, 'profile');
  return {
    backend: oneOf(state, 'backend', BACKENDS),
    sample: state.sample === 'all' ? 'all' : number(state, 'sample'),
    where: optionalText(state, 'where'),
    connection: {
      kind: oneOf(connection, 'kind', ['embedded', 'project', 'none'] as const),
      project: optionalText(connection, 'project'),
      endpoint: optionalText(connection, 'endpoint'),
      label: optionalText(connection, 'label')
    },
    profile: profile && {
      name: text(profile, 'name'),
      isRuntime: profile.is_runtime !== false,
      image: optionalText(profile, 'image')
    },
    run: state.run === null || state.run === undefined ? null : readRun(fields(state.run, 'run')),
    sent: readSent(state.shipments),
    underway: optionalList(state, 'underway', readRun),
    live: optionalList(state, 'live', readLive),
    unsubmitted: optionalList(state, 'unsubmitted', resource => ({
      name: text(resource, 'name'),
      cell: optionalText(resource, 'cell'),
      line: optionalNumber(resource, 'line'),
      submitted: resource.submitted === true,
      known: resource.known !== false,
      project: text(resource, 'project')
    })),
    knowsNotebook: state.notebook === undefined ? null : state.notebook !== null
  };
}
