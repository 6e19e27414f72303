"""How fast servers answer over HTTP: ours beside others, over the same data, asked by the same program."""
