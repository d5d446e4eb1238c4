import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { IAnalysis, IRulePage } from './protocol';
import { readAnalysis, readRulePage, VERSION } from './protocol';

/** A code cell as the analysis needs it. */
export interface ICellSource {
  readonly id: string;
  readonly source: string;
}

/** What is known of the kernel, as the server reads it. */
export interface IObservation {
  /** Ids of the cells that ran, the first run first. */
  readonly order: readonly string[];
  /** Ids of those whose text has changed since. */
  readonly edited: readonly string[];
  /** What the names hold, as the kernel said it. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Why the server gave no analysis, in kinds that the panel has words for. */
export class ServerError extends Error {
  override name = 'ServerError';

  constructor(
    readonly kind: 'missing' | 'refused' | 'failed' | 'unreachable',
    message: string
  ) {
    super(message);
  }
}

/**
 * Ask the Jupyter server what runs where.
 *
 * @param path names the notebook, so that the server analyses only what changed since the last question.
 * @throws ServerError, ProtocolError, or the signal's abort.
 */
export async function analyze(
  settings: ServerConnection.ISettings,
  path: string,
  cells: readonly ICellSource[],
  observation: IObservation,
  signal: AbortSignal
): Promise<IAnalysis> {
  const body = JSON.stringify({ version: VERSION, path, cells, ...observation });
  return readAnalysis(await ask(settings, ['analyze'], { method: 'POST', body, signal }));
}

/**
 * Ask the Jupyter server for the page of a rule.
 *
 * @throws ServerError or ProtocolError.
 */
export async function rulePage(settings: ServerConnection.ISettings, kind: string): Promise<IRulePage> {
  return readRulePage(await ask(settings, ['rules', encodeURIComponent(kind)], { method: 'GET' }));
}

async function ask(
  settings: ServerConnection.ISettings,
  path: readonly string[],
  init: RequestInit
): Promise<unknown> {
  const url = URLExt.join(settings.baseUrl, 'odps-jupyter', ...path);
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(url, init, settings);
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new ServerError('unreachable', error instanceof Error ? error.message : String(error));
  }
  if (response.status === 404) {
    throw new ServerError('missing', response.statusText);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const kind = response.status === 400 ? 'refused' : 'failed';
    throw new ServerError(kind, messageOf(answer) ?? `${response.status} ${response.statusText}`);
  }
  return answer;
}

function messageOf(answer: unknown): string | null {
  if (
    typeof answer === 'object' &&
    answer !== null &&
    'message' in answer &&
    typeof answer.message === 'string'
  ) {
    return answer.message;
  }
  return null;
}
