"""Prism console: the control plane of a small platform company."""
