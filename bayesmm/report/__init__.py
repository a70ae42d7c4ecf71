"""The report of a fit: one HTML file for people who will not open Python."""
