import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { serverWords } from './components/faultWords';
import type { IInspection } from './inspection';
import type { IRulePage } from './protocol';
import { ServerError } from './rest';
import type { IOpened } from './sent';

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
        ? serverWords(error, trans).message
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

/** Show what was sent of the active cell's functions: the code as the executor sees it, the UDF and the SQL. */
export async function explainSent(
  inspection: Pick<IInspection, 'sentHere' | 'open'>,
  trans: TranslationBundle
): Promise<void> {
  const title = trans.__('What was sent');
  const buttons = [Dialog.okButton({ label: trans.__('Close') })];
  const functions = inspection.sentHere();
  if (functions.length === 0) {
    const body = trans.__(
      'No function of this cell was sent to MaxCompute yet. Run it there, then look again.'
    );
    await showDialog({ title, body, buttons });
    return;
  }
  const node = document.createElement('div');
  node.className = 'jp-odps-rule';
  for (const { name, job, function: at } of functions) {
    const heading = document.createElement('h3');
    heading.textContent = name;
    node.append(heading);
    try {
      node.append(...listings(await inspection.open(job, at), trans));
    } catch (error) {
      node.append(error instanceof Error ? error.message : String(error));
    }
  }
  await showDialog({ title, body: new Widget({ node }), buttons });
}

/** The texts, folded but for the first; they come from the notebook and stay texts. */
function listings(opened: IOpened, trans: TranslationBundle): HTMLElement[] {
  const parts = [
    [trans.__('As the executor sees it'), opened.listing],
    [trans.__('UDF'), opened.udf],
    [trans.__('SQL'), opened.sql]
  ] as const;
  return parts.map(([label, text], index) => {
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    const listing = document.createElement('pre');
    summary.textContent = label;
    listing.className = 'jp-odps-listing';
    listing.textContent = text;
    listing.tabIndex = 0;
    details.open = index === 0;
    details.append(summary, listing);
    return details;
  });
}
