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
  /** Whether its functions travel as source (`%odps ship`). */
  readonly source: boolean;
}

/**
 * Why the server gave no answer:
 * `missing` it has no such route; `stranger` it does not know the user (any more); `refused` the question; `failed`
 * over it; `away` it does not answer at all, or what stands before it says so; `silent` it took the question and is not
 * heard of since; `torn` its answer has no end, or is no answer of ours.
 */
export type ServerFault = 'missing' | 'stranger' | 'refused' | 'failed' | 'away' | 'silent' | 'torn';

/** The server gave no answer, for a reason that the panel has words for. */
export class ServerError extends Error {
  override name = 'ServerError';

  constructor(
    readonly kind: ServerFault,
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
  let body: string;
  try {
    response = await ServerConnection.makeRequest(url, init, settings);
    body = await response.text();
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new ServerError('away', error instanceof Error ? error.message : String(error));
  }
  const answer = parsed(body);
  if (!response.ok) {
    const message = messageOf(answer) ?? `${response.status} ${response.statusText}`.trim();
    throw new ServerError(faultOf(response.status), message);
  }
  if (answer === undefined) {
    throw new ServerError('torn', `${response.status} ${response.statusText}`.trim());
  }
  return answer;
}

function faultOf(status: number): ServerFault {
  switch (status) {
    case 404:
      return 'missing';
    case 401:
    case 403:
      return 'stranger';
    case 400:
      return 'refused';
    // Of a proxy, while the server behind it starts or is gone.
    case 502:
    case 503:
    case 504:
      return 'away';
    default:
      return 'failed';
  }
}

/** What a text says as JSON; undefined where it is none. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
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
