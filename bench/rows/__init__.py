"""The measurements: one module per bench, each with `measure(lab)`, and `target(lab)` where it can be profiled."""
