"""CloudWatch Logs: moto's groups, streams and events, where people and functions look for them.

True to AWS: looking through a group by stream names or their prefix, by time and by terms, in pages; retention, by the
clock; a group's key, which must let the Region's logs use it, though nothing is enciphered. Not: patterns for JSON and
for columns, and regular expressions, which are refused; subscription and metric filters, queries and exports, which
local AWS does not have.
"""
