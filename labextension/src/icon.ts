import { LabIcon } from '@jupyterlab/ui-components';

/** Two sides and what goes across. */
export const inspectorIcon = new LabIcon({
  name: 'odps-jupyter:inspector',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 22 22">
  <g class="jp-icon3" fill="#616161">
    <path d="M3 3h6v2H5v12h4v2H3zM13 3h6v16h-6v-2h4V5h-4z"/>
    <path d="M7 10h5V7.5l4 3.5-4 3.5V12H7z"/>
  </g>
</svg>`
});
