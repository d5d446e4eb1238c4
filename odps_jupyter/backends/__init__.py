"""Where a PyODPS expression runs: on pandas here, or on MaxCompute at the other end of a connection."""
