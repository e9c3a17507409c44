"""`make status`: what is deployed, what it did last, and what it costs, on one screen."""
