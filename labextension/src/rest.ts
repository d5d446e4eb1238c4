import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { IAnalysis } from './protocol';
import { readAnalysis, VERSION } from './protocol';

/** A code cell as the analysis needs it. */
export interface ICellSource {
  readonly id: string;
  readonly source: string;
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
  signal: AbortSignal
): Promise<IAnalysis> {
  const url = URLExt.join(settings.baseUrl, 'odps-jupyter', 'analyze');
  const body = JSON.stringify({ version: VERSION, path, cells });
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(url, { method: 'POST', body, signal }, settings);
  } catch (error) {
    signal.throwIfAborted();
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
  return readAnalysis(answer);
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
