"""What ``make bench`` measures: a demo, a decision of the gate, imports, a training, local AWS under load, a full test.

It prints tables for a person, and writes ``build/bench.json`` for whoever compares two runs.
"""
