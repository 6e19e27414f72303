"""The tests: what migkg promises, one sentence each."""
