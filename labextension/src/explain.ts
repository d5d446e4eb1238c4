import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { serverErrorWords } from './components/words';
import type { IRulePage } from './protocol';
import { ServerError } from './rest';

const MARKDOWN = 'text/markdown';

/** Show the page of a rule over the notebook. */
export async function explain(
  panel: NotebookPanel,
  read: () => Promise<IRulePage>,
  trans: TranslationBundle
): Promise<void> {
  const buttons = [Dialog.okButton({ label: trans.__('Close') })];
  let page: IRulePage;
  try {
    page = await read();
  } catch (error) {
    const body =
      error instanceof ServerError
        ? serverErrorWords(trans, error).message
        : trans.__('The page of this rule cannot be read.');
    await showDialog({ title: trans.__('No explanation'), body, buttons });
    return;
  }
  const { rendermime } = panel.content;
  const body = rendermime.createRenderer(MARKDOWN);
  body.addClass('jp-odps-rule');
  // The page's own heading is the dialog's.
  const [heading = '', ...rest] = page.markdown.split('\n');
  await body.renderModel(rendermime.createModel({ data: { [MARKDOWN]: rest.join('\n') } }));
  await showDialog({ title: heading.replace(/^#\s*/, '') || page.kind, body, buttons });
}
