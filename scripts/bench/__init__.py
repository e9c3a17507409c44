"""What ``make bench`` measures: where a demo's time goes, a decision of the gate, and local AWS under load.

It prints tables for a person, and writes ``build/bench.json`` for whoever compares two runs.
"""
