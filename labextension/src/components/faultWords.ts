import type { TranslationBundle } from '@jupyterlab/translation';

import { ServerError } from '../rest';

/** One sentence on why there is no answer, and one on what to do. */
export interface IFaultWords {
  readonly message: string;
  readonly hint: string;
}

/** What is said of an analysis that could not be had. */
export function faultWords(error: Error, trans: TranslationBundle): IFaultWords {
  return error instanceof ServerError
    ? serverWords(error, trans)
    : {
        message: trans.__(
          "The Jupyter server's odps-jupyter gave an answer that this panel cannot read (%1).",
          error.message
        ),
        hint: trans.__(
          'Install the same version of odps-jupyter everywhere, restart the server and reload the page.'
        )
      };
}

/** What is said of a question that the server did not answer. */
export function serverWords(error: ServerError, trans: TranslationBundle): IFaultWords {
  switch (error.kind) {
    case 'missing':
      return {
        message: trans.__(
          'The Jupyter server has no odps-jupyter extension, so the notebook cannot be analysed.'
        ),
        hint: trans.__('Run "jupyter server extension enable odps_jupyter" and restart the server.')
      };
    case 'stranger':
      return {
        message: trans.__('The Jupyter server does not know you any more (%1).', error.message),
        hint: trans.__('Save what you can, reload the page and log in again.')
      };
    case 'away':
      return {
        message: trans.__('The Jupyter server does not answer.'),
        hint: trans.__('What is shown may be out of date until it is back; it is asked again by itself.')
      };
    case 'silent':
      return {
        message: trans.__(
          'The Jupyter server has not finished the analysis, and it is not awaited any more.'
        ),
        hint: trans.__('It is asked again with the next change.')
      };
    case 'torn':
      return {
        message: trans.__('The answer of the Jupyter server is cut off, or is none of odps-jupyter.'),
        hint: trans.__('If this stays, a proxy may stand between: its limits and its log say more.')
      };
    case 'refused':
      return {
        message: error.message,
        hint: trans.__('Install the same version of odps-jupyter everywhere.')
      };
    case 'failed':
      return {
        message: trans.__('The analysis failed: %1', error.message),
        hint: trans.__('The log of the Jupyter server says more.')
      };
  }
}
