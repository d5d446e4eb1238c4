"""The inspector as a report: what the JupyterLab panel shows, for places that have no panel."""
