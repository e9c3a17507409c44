"""What ``make bench`` measures: a demo's time, a decision of the gate, local AWS under load, a large test set.

It prints tables for a person, and writes ``build/bench.json`` for whoever compares two runs.
"""
