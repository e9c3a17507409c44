"""The pictures of the README, made from the project itself: the pipeline from its template, the report from a demo."""
