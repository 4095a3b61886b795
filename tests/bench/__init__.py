"""Measured figures, each beside a peer or the limit: `registry bench`."""
