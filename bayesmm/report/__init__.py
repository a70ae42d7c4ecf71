"""One self-contained HTML file on a fit, for a colleague to read."""
