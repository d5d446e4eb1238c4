"""The runs of one notebook, kept across its kernels."""
