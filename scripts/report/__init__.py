"""What an execution has to tell: a summary for programs, tables for the terminal, and a page for people to look at."""
