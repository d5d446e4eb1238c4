import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { captureTooltip } from './captureTooltip';
import { addCommands } from './commands';
import { sideName } from './components/words';
import { EditorMarks } from './editor';
import { explain } from './explain';
import { addLineCommand } from './lineCommand';
import { InspectorModel } from './model';
import { NotebookInspection } from './notebookInspection';
import { InspectorPanel } from './panel';
import { analyze, rulePage } from './rest';
import { StatusItem } from './statusbar';
import { IInspectorModel, PANEL_ID, TRANSLATION_DOMAIN } from './tokens';
import { ToolbarToggle } from './toolbar';
import { problemTooltip } from './tooltip';

/** The inspector. Everything but notebooks is optional: Notebook 7 and minimal applications have less. */
const inspector: JupyterFrontEndPlugin<IInspectorModel> = {
  id: 'odps-jupyter:inspector',
  description: 'Shows what of a PyODPS notebook runs in the kernel and what on the MaxCompute executor.',
  autoStart: true,
  provides: IInspectorModel,
  requires: [INotebookTracker],
  optional: [
    ITranslator,
    ILayoutRestorer,
    ICommandPalette,
    IEditorExtensionRegistry,
    IToolbarWidgetRegistry,
    ISettingRegistry,
    IStatusBar
  ],
  activate: (
    app,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    editors: IEditorExtensionRegistry | null,
    toolbars: IToolbarWidgetRegistry | null,
    settings: ISettingRegistry | null,
    statusBar: IStatusBar | null
  ) => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);

    const marks = new EditorMarks({
      region: region =>
        `${region.name}: ${sideName(trans, region.side)}${region.reason ? `\n${region.reason}` : ''}`,
      problem: (item, actions) => problemTooltip(item, actions, trans),
      captured: (item, actions) => captureTooltip(item, actions, trans),
      nothing: trans.__('This line runs in the kernel.'),
      title: trans.__('ODPS: what is known of this line')
    });
    editors?.addExtension({
      name: 'odps-jupyter:marks',
      factory: options =>
        EditorExtensionRegistry.createImmutableExtension(options.inline ? marks.extension(options.model) : [])
    });

    const { serverSettings } = app.serviceManager;
    const model = new InspectorModel(
      tracker,
      panel =>
        new NotebookInspection({
          panel,
          ask: (...question) => analyze(serverSettings, ...question),
          explain: (shown, kind) => explain(shown, () => rulePage(serverSettings, kind), trans),
          trans,
          marks: editors ? marks : null,
          contents: app.serviceManager.contents,
          isOpen: path => tracker.find(each => each.context.path === path) !== undefined
        })
    );

    const panel = new InspectorPanel(model, trans);
    app.shell.add(panel, 'right', { rank: 550, type: 'ODPS inspector' });
    restorer?.add(panel, PANEL_ID);

    addCommands({ app, model, palette, trans });
    addLineCommand({ app, tracker, marks, palette, trans });
    toolbars?.addFactory<NotebookPanel>(
      'Notebook',
      'odps-jupyter-backend',
      notebook => new ToolbarToggle(notebook, each => model.of(each), trans)
    );

    const status = new StatusItem(
      model,
      () => {
        app.shell.activateById(PANEL_ID);
      },
      trans
    );
    statusBar?.registerStatusItem('odps-jupyter:status', { item: status, align: 'left', rank: 20 });

    settings?.load(inspector.id).then(
      loaded => {
        const apply = (): void => {
          marks.enabled = loaded.get('markEditor').composite !== false;
          status.setHidden(loaded.get('statusBar').composite === false);
        };
        loaded.changed.connect(apply);
        apply();
      },
      (error: unknown) => {
        console.warn('odps-jupyter: the settings could not be read, the defaults hold.', error);
      }
    );
    return model;
  }
};

export { IInspectorModel };
export default inspector;
