"""Faults that local AWS can be put into for a while, to see what becomes of what runs on it.

``models`` says what a fault is, ``state`` which are on and how often each struck; ``calls`` spoils API calls between
the gate and the services, ``processes`` those that train, serve and run functions, ``disk`` what is written to it.
Nothing here answers a request: whoever started local AWS with ``--control`` says through its standard input which
faults are on (see ``localaws.control``). While none is on, nothing here does anything.
"""
